"""Every metric against scikit-learn's, with whole weights standing for repeated rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.evaluation.decisions import Decisions
from components.evaluation.macro import MacroRanking
from components.evaluation.probability import ProbabilityLoss
from components.evaluation.ranking import Ranking
from components.evaluation.regression import RegressionError

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, rows=st.integers(4, 120), levels=st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_binary_metrics_are_those_of_repeated_rows(seed, rows, levels):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, rows)
    truth[:2] = 0, 1
    score = random.integers(0, levels, rows) / levels
    weights = random.integers(0, 4, rows).astype(float)
    weights[:2] = 1
    repeated = np.repeat(np.arange(rows), weights.astype(int))
    y, s = truth[repeated], score[repeated]

    ranking = Ranking(truth.astype(float), score)(weights)
    assert ranking["roc_auc"] == pytest.approx(reference.roc_auc_score(y, s))
    assert ranking["average_precision"] == pytest.approx(reference.average_precision_score(y, s))

    losses = ProbabilityLoss(truth, np.column_stack([1 - score, score]))(weights)
    assert losses["log_loss"] == pytest.approx(reference.log_loss(y, s, labels=[0, 1]))
    assert losses["brier"] == pytest.approx(reference.brier_score_loss(y, s))

    called = (score >= 0.5).astype(int)
    decisions = Decisions(truth, called, ["no", "yes"])
    found, p = decisions(weights), called[repeated]
    assert found["precision"] == pytest.approx(reference.precision_score(y, p, zero_division=0))
    assert found["recall"] == pytest.approx(reference.recall_score(y, p))
    assert found["f1"] == pytest.approx(reference.f1_score(y, p))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(y, p))
    confusion = reference.confusion_matrix(y, p, labels=[0, 1])
    assert decisions.confusion(weights).tolist() == confusion.tolist()


@given(seed=SEEDS, rows=st.integers(6, 80), classes=st.integers(3, 5))
@settings(max_examples=60, deadline=None)
def test_multiclass_metrics_are_those_of_repeated_rows(seed, rows, classes):
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, rows)
    truth[:classes] = range(classes)
    probability = random.dirichlet(np.ones(classes), rows)
    weights = random.integers(0, 3, rows).astype(float)
    weights[:classes] = 1
    repeated = np.repeat(np.arange(rows), weights.astype(int))
    y, q = truth[repeated], probability[repeated]
    names = [str(index) for index in range(classes)]

    macro = MacroRanking(truth, probability, names)(weights)
    expected = reference.roc_auc_score(y, q, multi_class="ovr", labels=range(classes))
    assert macro["macro_roc_auc"] == pytest.approx(expected)

    losses = ProbabilityLoss(truth, probability)(weights)
    assert losses["log_loss"] == pytest.approx(reference.log_loss(y, q, labels=range(classes)))
    assert losses["brier"] == pytest.approx(
        reference.brier_score_loss(y, q, labels=range(classes), scale_by_half=False)
    )

    called = probability.argmax(axis=1)
    found, p = Decisions(truth, called, names)(weights), called[repeated]
    for metric, function in (
        ("precision", reference.precision_score),
        ("recall", reference.recall_score),
        ("f1", reference.f1_score),
    ):
        each = function(y, p, labels=range(classes), average=None, zero_division=0)
        assert found[f"macro_{metric}"] == pytest.approx(each.mean())
        assert [found[f"class_{name}_{metric}"] for name in names] == pytest.approx(each.tolist())
    assert found["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(y, p))


@given(seed=SEEDS, rows=st.integers(3, 60))
@settings(max_examples=40, deadline=None)
def test_regression_metrics_are_those_of_repeated_rows(seed, rows):
    random = np.random.default_rng(seed)
    truth, predicted = random.normal(size=rows), random.normal(size=rows)
    weights = random.integers(1, 4, rows).astype(float)
    repeated = np.repeat(np.arange(rows), weights.astype(int))
    y, p = truth[repeated], predicted[repeated]
    found = RegressionError(truth, predicted)(weights)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(y, p))
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(y, p))
    assert found["r2"] == pytest.approx(reference.r2_score(y, p))


def test_one_class_leaves_ranking_undefined():
    found = Ranking(np.zeros(3), np.arange(3.0))(np.ones(3))
    assert np.isnan(found["roc_auc"])
    assert np.isnan(found["average_precision"])

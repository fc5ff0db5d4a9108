import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.evaluation.curves import precision_recall_curve, roc_curve
from components.evaluation.threshold import choose_threshold
from penstock.use_case.evaluation import Threshold


def sample(rows=5000, seed=0):
    random = np.random.default_rng(seed)
    truth = (random.random(rows) < 0.1).astype(float)
    return truth, np.clip(random.normal(0.3 + 0.3 * truth, 0.2), 0, 1)


def test_curves_are_short_finite_and_keep_their_ends_and_area():
    truth, score = sample()
    roc, recall = roc_curve(truth, score), precision_recall_curve(truth, score)
    assert len(roc.x) <= 200
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert np.isfinite(roc.thresholds).all()
    assert list(roc.thresholds) == sorted(roc.thresholds, reverse=True)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(
        reference.roc_auc_score(truth, score), abs=0.002
    )
    assert len(recall.x) <= 200
    assert recall.x[-1] == 1
    assert recall.y[-1] == pytest.approx(truth.mean())


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 60), levels=st.integers(1, 20))
@settings(max_examples=80, deadline=None)
def test_the_threshold_is_the_best_of_all(seed, rows, levels):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, rows).astype(float)
    truth[0] = 1
    score = random.integers(0, levels, rows) / levels

    def f1(threshold):
        return reference.f1_score(truth, score >= threshold, zero_division=0)

    def cost(threshold):
        called = score >= threshold
        return 2 * (called & (truth == 0)).sum() + 5 * (~called & (truth == 1)).sum()

    everywhere = [*np.unique(score), 2.0]
    chosen = choose_threshold(Threshold(), truth, score)
    assert f1(chosen) == pytest.approx(max(map(f1, everywhere)))
    settings_ = Threshold(policy="minimise_cost", cost_false_positive=2, cost_false_negative=5)
    assert cost(choose_threshold(settings_, truth, score)) == min(map(cost, everywhere))


def test_a_fixed_threshold_is_taken_as_it_is():
    truth, score = sample(50)
    assert choose_threshold(Threshold(policy="fixed", value=0.25), truth, score) == 0.25

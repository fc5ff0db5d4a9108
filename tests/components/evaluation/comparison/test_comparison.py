import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.comparison.comparison import first, incomparable, judge_difference
from components.evaluation.comparison.document import comparison_document
from components.evaluation.comparison.paired import Difference
from penstock.use_case.champion import Champion

NAN = float("nan")


@pytest.fixture
def use_case(make_case):
    from penstock.use_case import load_use_case

    loaded = load_use_case(make_case("binary").use_case)

    def with_rule(decisive="roc_auc", **rule):
        champion = Champion(**rule)
        return loaded.model_copy(update={"champion": champion, "metric": decisive})

    return with_rule


def difference(low, high, champion=0.8):
    return Difference(champion + (low + high) / 2, champion, low, high)


@pytest.mark.parametrize(
    ("low", "high", "outcome", "recommended"),
    [
        (0.01, 0.03, "better", True),
        (-0.01, 0.03, "undecided", False),
        (0.0, 0.03, "undecided", False),
        (-0.03, 0.0, "undecided", False),
        (-0.03, -0.01, "worse", False),
    ],
)
def test_better_asks_for_a_whole_interval_above_nothing(use_case, low, high, outcome, recommended):
    found = judge_difference(use_case(), "small/2", {"roc_auc": difference(low, high)}, 900)
    assert (found.outcome, found.recommended) == (outcome, recommended)


@pytest.mark.parametrize(("low", "recommended"), [(0.005, False), (0.02, False), (0.021, True)])
def test_better_by_a_margin_asks_for_a_whole_interval_above_the_margin(use_case, low, recommended):
    metrics = {"roc_auc": difference(low, 0.05)}
    found = judge_difference(use_case(margin=0.02), "small/2", metrics, 900)
    assert (found.outcome, found.recommended) == ("better", recommended)


@pytest.mark.parametrize(
    ("low", "high", "outcome", "recommended"),
    [
        (-0.015, 0.01, "undecided", True),
        (-0.015, -0.005, "worse", True),
        (-0.02, 0.01, "undecided", False),
        (0.001, 0.01, "better", True),
    ],
)
def test_not_worse_bears_a_loss_up_to_the_margin(use_case, low, high, outcome, recommended):
    rule = use_case(rule="not_worse", margin=0.02)
    found = judge_difference(rule, "small/2", {"roc_auc": difference(low, high)}, 900)
    assert (found.outcome, found.recommended) == (outcome, recommended)


bounds = st.floats(-1, 1, allow_subnormal=False)


@given(bounds, bounds, st.sampled_from(["roc_auc", "log_loss"]))
def test_models_that_change_places_change_the_outcome(a, b, metric):
    from penstock.use_case import UseCase

    settings = UseCase.model_construct(champion=Champion(), metric=metric)
    low, high = sorted((a, b))
    there = judge_difference(settings, "m", {metric: difference(low, high)}, 9)
    back = judge_difference(settings, "m", {metric: difference(-high, -low)}, 9)
    other = {"better": "worse", "worse": "better", "undecided": "undecided"}
    assert back.outcome == other[there.outcome]
    assert not (there.recommended and back.recommended)


def test_the_sentence_says_better_by_how_much_and_how_sure(use_case):
    metrics = {"roc_auc": Difference(0.8312, 0.81, 0.0123, 0.0301)}
    found = judge_difference(use_case(), "fraud/3", metrics, 12345)
    assert found.sentence == (
        "Better than fraud/3: roc auc 0.8312 instead of 0.81, +0.0212 (95 % interval "
        "+0.0123 … +0.0301, 12,345 test rows)."
    )


def test_a_loss_that_falls_is_better_and_one_that_rises_worse(use_case):
    rule = use_case("log_loss", confidence=0.9)
    falls = judge_difference(rule, "m/1", {"log_loss": difference(-0.03, -0.01, 0.4)}, 1)
    rises = judge_difference(rule, "m/1", {"log_loss": difference(0.01, 0.03, 0.4)}, 1)
    assert (falls.outcome, falls.recommended) == ("better", True)
    assert falls.sentence == (
        "Better than m/1: log loss 0.38 instead of 0.4, -0.02 (90 % interval -0.03 … -0.01, "
        "1 test row)."
    )
    assert (rises.outcome, rises.recommended) == ("worse", False)
    assert rises.sentence.startswith("Worse than m/1: log loss 0.42 instead of 0.4, +0.02 (")


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"roc_auc": Difference(NAN, 0.8, None, None)},
        {"roc_auc": Difference(1, 0.8, None, None)},
    ],
)
def test_a_difference_without_an_interval_is_undecided_and_not_recommended(use_case, found):
    compared = judge_difference(use_case(), "m/1", found, 2)
    assert (compared.outcome, compared.recommended) == ("undecided", False)
    assert compared.sentence == (
        "Undecided against m/1: roc_auc and its interval are not defined on 2 test rows."
    )
    document = comparison_document(compared)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_rules_own_metric_takes_the_place_of_the_use_cases(use_case):
    metrics = {"roc_auc": difference(-0.2, -0.1), "average_precision": difference(0.01, 0.02)}
    plain = judge_difference(use_case(), "m/1", metrics, 50)
    assert (plain.metric, plain.outcome) == ("roc_auc", "worse")
    rule = use_case().model_copy(update={"champion": Champion(metric="average_precision")})
    found = judge_difference(rule, "m/1", metrics, 50)
    assert (found.metric, found.outcome) == ("average_precision", "better")


def test_the_first_is_recommended_and_an_incomparable_one_is_not(use_case):
    opening = first(use_case(), 40)
    assert (opening.outcome, opening.recommended, opening.champion) == ("first", True, "")
    assert opening.sentence == "The first: no model is live to compare it with."
    other = incomparable(use_case(), "m/1", "it predicts another target or other classes")
    assert (other.outcome, other.recommended, other.rows) == ("incomparable", False, 0)
    assert other.sentence == (
        "Not comparable with m/1: it predicts another target or other classes."
    )
    assert comparison_document(opening)["champion"] == "none"


def test_no_sentence_is_longer_than_a_property_of_a_model_may_be(use_case):
    name = "group-" * 60 + "/12"
    for found in (
        incomparable(use_case(), name, "no"),
        judge_difference(use_case(), name, {}, 1),
        judge_difference(use_case(), name, {"roc_auc": difference(0.1, 0.2)}, 10**9),
    ):
        assert len(found.sentence) == 256


def test_the_document_of_a_comparison_has_the_keys_of_the_contract(use_case):
    metrics = {"roc_auc": difference(0.01, 0.03), "f1": Difference(NAN, 0.5, None, None)}
    document = comparison_document(judge_difference(use_case(), "m/1", metrics, 7))
    assert list(document) == [
        "champion", "metric", "rule", "margin", "confidence", "rows", "outcome", "difference",
        "low", "high", "metrics", "recommended", "sentence",
    ]  # fmt: skip
    assert document["difference"] == pytest.approx(0.02)
    assert (document["low"], document["high"]) == (0.01, 0.03)
    assert document["metrics"]["f1"] == {
        "champion": 0.5, "difference": None, "low": None, "high": None,
    }  # fmt: skip

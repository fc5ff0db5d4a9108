from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from components.evaluation.bootstrap import Resampling, draws
from components.evaluation.comparison.paired import deciding_units, paired_differences
from components.evaluation.panel import Judged
from components.evaluation.ranking import Ranking
from components.evaluation.regression import RegressionError
from components.training.labels import Labels
from components.training.rows import Rows

numbers = st.integers(0, 2**32 - 1)


def data(seed, rows=60, units=0, levels=0):
    """Return truth, scores of two models and units; few levels give ties."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, rows).astype(float)
    truth[:2] = 0, 1
    shared = truth + random.normal(size=rows)
    scores = [shared + random.normal(size=rows) for _ in "ab"]
    if levels:
        scores = [np.round(each * levels) / levels for each in scores]
    return truth, *scores, random.permutation(np.arange(rows) % units) if units else None


@given(seed=numbers, units=st.sampled_from([0, 7, 30]), levels=st.sampled_from([0, 2]))
@settings(max_examples=40, deadline=None)
def test_models_that_change_places_get_exactly_the_negative_interval(seed, units, levels):
    truth, one, other, codes = data(seed, units=units, levels=levels)
    drawn = Resampling(50, 0.9, seed % 1000, codes)
    for kind in (Ranking, RegressionError):
        there = paired_differences([kind(truth, one)], [kind(truth, other)], 60, drawn)
        back = paired_differences([kind(truth, other)], [kind(truth, one)], 60, drawn)
        assert list(there) == list(back)
        for name, each in there.items():
            assert each.value == -back[name].value
            assert (each.candidate, each.champion) == (back[name].champion, back[name].candidate)
            assert (each.low is None) == (back[name].low is None)
            if each.low is not None:
                assert (each.low, each.high) == (-back[name].high, -back[name].low)
                assert each.low <= each.value <= each.high


@given(seed=numbers, units=st.sampled_from([0, 10]))
@settings(max_examples=20, deadline=None)
def test_a_model_against_itself_differs_by_nothing_at_all(seed, units):
    truth, scores, _, codes = data(seed, units=units)
    drawn = Resampling(40, 0.95, 0, codes)
    found = paired_differences([Ranking(truth, scores)], [Ranking(truth, scores)], 60, drawn)
    for each in found.values():
        assert (each.value, each.low, each.high) == (0, 0, 0)


@given(seed=numbers)
@settings(max_examples=20, deadline=None)
def test_scores_that_are_stretched_alike_leave_the_comparison_of_rankings_as_it_is(seed):
    truth, one, other, _ = data(seed)
    drawn = Resampling(40)
    plain = paired_differences([Ranking(truth, one)], [Ranking(truth, other)], 60, drawn)
    stretched = [Ranking(truth, np.exp(each)) for each in (one, other)]
    assert paired_differences([stretched[0]], [stretched[1]], 60, drawn) == plain


def test_the_interval_is_students_over_the_spread_of_the_resampled_differences():
    truth, one, other, _ = data(3)
    drawn = Resampling(80, 0.9, 6)
    mine, live = RegressionError(truth, one), RegressionError(truth, other)
    found = paired_differences([mine], [live], 60, drawn)["mae"]
    spread = np.std([mine(each)["mae"] - live(each)["mae"] for each in draws(60, drawn)], ddof=1)
    reach = stats.t.ppf(0.95, 1 / (1 / 59 + 1 / 79)) * spread * np.sqrt(60 / 59)
    errors = np.abs(one - truth).mean(), np.abs(other - truth).mean()
    assert (found.candidate, found.champion) == pytest.approx(errors)
    assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))


def test_rows_of_one_entity_are_resampled_together_and_widen_the_interval():
    random = np.random.default_rng(2)
    units = np.repeat(np.arange(20), 30)
    truth, errors = np.zeros(600), random.normal(size=(2, 20))
    models = [RegressionError(truth, 1 + each[units]) for each in errors]
    rows = paired_differences([models[0]], [models[1]], 600, Resampling(100))["rmse"]
    whole = paired_differences([models[0]], [models[1]], 600, Resampling(100, units=units))["rmse"]
    assert whole.value == rows.value
    assert (whole.high - whole.low) > 3 * (rows.high - rows.low)


def test_what_both_models_find_hard_falls_out_of_the_difference():
    random = np.random.default_rng(8)
    hard = random.normal(size=400)
    one, other = (hard + random.normal(scale=0.1, size=400) for _ in "ab")
    truth = np.zeros(400)
    found = paired_differences(
        [RegressionError(truth, one)], [RegressionError(truth, other)], 400, Resampling()
    )["rmse"]
    alone = 1.96 * np.sqrt(2) * one.std() / np.sqrt(2 * 400)
    assert (found.high - found.low) / 2 < alone / 4


class Rarely:
    """A metric that is defined where the first row is drawn exactly so often."""

    def __init__(self, times, value):
        self._times, self._value = times, value

    def __call__(self, weights):
        return {"m": self._value if weights[0] in self._times else float("nan")}


def test_a_metric_that_most_resamples_do_not_define_has_a_difference_and_no_interval():
    found = paired_differences([Rarely({1}, 3.0)], [Rarely({1}, 1.0)], 50, Resampling(100))["m"]
    assert (found.value, found.low, found.high) == (2.0, None, None)


def test_a_metric_that_a_few_resamples_do_not_define_has_an_interval():
    often = {0, 1, 2}
    found = paired_differences([Rarely(often, 3.0)], [Rarely(often, 1.0)], 50, Resampling(100))
    assert (found["m"].low, found["m"].high) == (2.0, 2.0)


@pytest.mark.parametrize("units", [None, np.zeros(60, dtype=np.int64)])
def test_one_unit_or_no_resample_gives_no_interval(units):
    truth, one, other, _ = data(1)
    drawn = Resampling(0 if units is None else 50, units=units)
    found = paired_differences([Ranking(truth, one)], [Ranking(truth, other)], 60, drawn)
    assert [(each.low, each.high) for each in found.values()] == [(None, None)] * 2


def test_only_metrics_that_both_have_are_compared():
    truth, one, other, _ = data(1)
    mine = [Ranking(truth, one), RegressionError(truth, one)]
    found = paired_differences(mine, [Ranking(truth, other)], 60, Resampling(5))
    assert list(found) == ["roc_auc", "average_precision"]


def test_of_two_classes_the_units_of_the_rarer_one_decide():
    rows = Judged(
        Rows(()), Labels("binary", "y", (0, 1)), np.array([0.0, 0, 0, 1, 1, 1]), None, 0.5
    )
    assert deciding_units(rows, None) == 3
    assert deciding_units(rows, np.array([0, 1, 2, 3, 3, 3])) == 1
    quantity = replace(rows, labels=Labels("regression", "y", ()))
    assert deciding_units(quantity, None) == 6
    assert deciding_units(quantity, np.array([0, 0, 1, 1, 2, 2])) == 3


def test_few_units_that_decide_widen_the_interval_and_one_gives_none():
    truth, one, other, _ = data(1)
    ranked = [Ranking(truth, one)], [Ranking(truth, other)], 60, Resampling(50)
    wide, few = paired_differences(*ranked)["roc_auc"], paired_differences(*ranked, 5)["roc_auc"]
    assert few.value == wide.value
    assert few.high - few.low > 1.3 * (wide.high - wide.low)
    alone = paired_differences(*ranked, 1)["roc_auc"]
    assert (alone.low, alone.high) == (None, None)

import numpy as np
import pytest

from components.evaluation.bootstrap import Resampling, estimate


class Mean:
    def __init__(self, values):
        self._values = values

    def __call__(self, weights):
        return {"mean": float(weights @ self._values / weights.sum())}


def interval(values, **settings):
    return estimate([Mean(values)], len(values), Resampling(**settings))["mean"]


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(7)
    covered = 0
    for seed in range(200):
        found = interval(random.normal(size=100), resamples=200, confidence=0.9, seed=seed)
        covered += found.low <= 0 <= found.high
    assert 0.83 <= covered / 200 <= 0.96


def test_rows_of_one_unit_are_drawn_together_and_widen_the_interval():
    random = np.random.default_rng(3)
    units = np.repeat(np.arange(50), 20)
    values = random.normal(size=50)[units]
    rows = interval(values)
    whole = interval(values, units=units)
    assert (whole.high - whole.low) > 3 * (rows.high - rows.low)
    assert whole.high - whole.low == pytest.approx(4 / np.sqrt(50), rel=0.35)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    values = np.random.default_rng(1).normal(size=300)
    assert interval(values, seed=5) == interval(values, seed=5)
    assert interval(values, seed=5) != interval(values, seed=6)


def test_without_resamples_there_is_a_value_and_no_interval():
    found = interval(np.array([1.0, 3.0]), resamples=0)
    assert (found.value, found.low, found.high) == (2.0, None, None)


def test_a_metric_that_most_resamples_do_not_define_has_no_interval():
    class Rarely:
        def __call__(self, weights):
            return {"m": 1.0 if weights[0] == 1 and weights[1] == 1 else float("nan")}

    found = estimate([Rarely()], 2000, Resampling(resamples=100))["m"]
    assert (found.value, found.low, found.high) == (1.0, None, None)

"""Bootstrap confidence intervals: resample units with replacement, take percentiles.

The unit is the entity (a customer, a machine) where the use case names one, because rows of one
entity are not independent: resampling rows would make intervals too narrow. Else it is the row.
Source: Efron and Tibshirani, An Introduction to the Bootstrap, chapters 12 and 13 (percentile
method); Field and Welsh 2007 (cluster bootstrap).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluation.statistic import Floats, Integers, Statistic

_LEAST_SHARE_DEFINED = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value and its interval; None where fewer than half the resamples define it."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made.

    Attributes:
        resamples: Number of resamples; 0 gives no intervals.
        confidence: Coverage in (0, 1).
        seed: The same seed gives the same intervals.
        units: Code of each row's unit from 0, shape (n_rows,); None when each row is its own.
    """

    resamples: int = 200
    confidence: float = 0.95
    seed: int = 0
    units: Integers | None = None


def estimate(
    statistics: Sequence[Statistic], rows: int, resampling: Resampling
) -> Mapping[str, Estimate]:
    """Return every metric of every statistic with its interval, in the statistics' order."""
    values = evaluate_all(statistics, np.ones(rows))
    drawn = {name: np.full(resampling.resamples, np.nan) for name in values}
    for index, weights in enumerate(draws(rows, resampling)):
        for name, value in evaluate_all(statistics, weights).items():
            drawn[name][index] = value
    tail = (1 - resampling.confidence) / 2
    return {name: Estimate(value, *_interval(drawn[name], tail)) for name, value in values.items()}


def evaluate_all(statistics: Sequence[Statistic], weights: Floats) -> dict[str, float]:
    """Return every metric of every statistic under weights of the rows."""
    values: dict[str, float] = {}
    for statistic in statistics:
        values.update(statistic(weights))
    return values


def draws(rows: int, resampling: Resampling) -> Iterator[Floats]:
    """Yield the weights of the rows in each resample, shape (n_rows,); the seed decides them."""
    random = np.random.default_rng(resampling.seed)
    units = resampling.units
    count = rows if units is None else int(units.max()) + 1
    for _ in range(resampling.resamples):
        times = np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64)
        yield times if units is None else times[units]


def _interval(drawn: Floats, tail: float) -> tuple[float | None, float | None]:
    defined = drawn[np.isfinite(drawn)]
    if defined.size < 2 or defined.size < _LEAST_SHARE_DEFINED * drawn.size:
        return None, None
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)

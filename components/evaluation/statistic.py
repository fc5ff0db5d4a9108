"""A statistic: metrics as a function of row weights, so that one code gives value and interval.

A resample of the bootstrap is the same rows with other weights (how often each row was drawn), so a
metric that is exact for whole weights needs no second implementation and no copied rows.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Statistic(Protocol):
    """Metrics of fixed rows under weights."""

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return every metric by name.

        Args:
            weights: How often each row counts, shape (n_rows,), whole numbers from 0.

        Returns:
            NaN for a metric that these weights do not define, such as ROC AUC with one class left.
        """
        ...


def divide(numerator: float, denominator: float) -> float:
    """Return the quotient, NaN where the denominator is 0."""
    return float(numerator / denominator) if denominator else float("nan")

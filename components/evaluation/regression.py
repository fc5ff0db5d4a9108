"""How far predictions of a quantity are off: RMSE, MAE, R²."""

from collections.abc import Mapping

import numpy as np

from components.evaluation.statistic import Floats, divide


class RegressionError:
    """RMSE and MAE in the target's unit, R² without one."""

    def __init__(self, truth: Floats, predicted: Floats) -> None:
        self._truth, self._residual = truth, truth - predicted

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return the three metrics; R² is NaN where the target does not vary."""
        total = float(weights.sum())
        squared = float(weights @ self._residual**2)
        mean = divide(float(weights @ self._truth), total)
        spread = float(weights @ (self._truth - mean) ** 2)
        return {
            "rmse": float(np.sqrt(divide(squared, total))),
            "mae": divide(float(weights @ np.abs(self._residual)), total),
            "r2": 1 - divide(squared, spread),
        }

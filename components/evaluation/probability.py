"""How good predicted probabilities are in themselves: log loss, Brier score, calibration."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from components.evaluation.statistic import Floats, divide

CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows of similar probability: what was predicted and what came."""

    rows: int
    predicted: float
    observed: float


class Calibration:
    """Calibration of the positive class over bins of about the same weight.

    `calibration_error` is the expected calibration error: the mean of |predicted - observed| over
    the bins, weighted by rows. Source: Naeini et al. 2015; equal-mass bins (Nixon et al. 2019).
    """

    def __init__(self, positive: Floats, probability: Floats, mass: Floats | None = None) -> None:
        """Make the bins.

        Args:
            positive: 1 or 0, shape (n_rows,).
            probability: Shape (n_rows,).
            mass: Weight of each row when bins are made; None: 1, so that bins hold equally many
                rows. The probability itself gives bins of equally many expected positives.
        """
        order = np.argsort(probability, kind="stable")
        along = np.cumsum(np.ones_like(probability) if mass is None else mass[order])
        inner = np.linspace(0, along[-1], CALIBRATION_BINS + 1)[1:-1]
        edges = np.unique(probability[order[np.searchsorted(along, inner)]])
        self._bin = np.searchsorted(edges, probability, side="right")
        self._count = len(edges) + 1
        self._positive, self._probability = positive, probability

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return the error."""
        gap = np.bincount(
            self._bin, weights * (self._probability - self._positive), minlength=self._count
        )
        return {"calibration_error": divide(float(np.abs(gap).sum()), float(weights.sum()))}

    def bins(self) -> list[CalibrationBin]:
        """Return the bins that hold rows, by rising probability."""
        rows = np.bincount(self._bin, minlength=self._count)
        predicted = np.bincount(self._bin, self._probability, minlength=self._count)
        observed = np.bincount(self._bin, self._positive, minlength=self._count)
        return [
            CalibrationBin(int(n), float(p / n), float(o / n))
            for n, p, o in zip(rows, predicted, observed, strict=True)
            if n
        ]


class ProbabilityLoss:
    """Log loss and Brier score of class probabilities.

    Log loss clips probabilities to [eps, 1 - eps], as scikit-learn does. The Brier score is the
    mean of the squared errors over rows, of the positive class for two classes, summed over
    classes otherwise (Brier 1950).
    """

    def __init__(self, classes: np.ndarray, probability: Floats) -> None:
        """Take what is needed.

        Args:
            classes: Index of the true class, shape (n_rows,).
            probability: Shape (n_rows, n_classes), rows sum to 1.
        """
        rows = np.arange(len(classes))
        least = np.finfo(np.float64).eps
        self._log = -np.log(np.clip(probability[rows, classes], least, 1 - least))
        truth = np.zeros_like(probability)
        truth[rows, classes] = 1.0
        squared = (probability - truth) ** 2
        self._squared = squared[:, 1] if probability.shape[1] == 2 else squared.sum(axis=1)

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return both losses; lower is better."""
        total = float(weights.sum())
        return {
            "log_loss": divide(float(weights @ self._log), total),
            "brier": divide(float(weights @ self._squared), total),
        }

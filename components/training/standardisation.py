"""Features brought to mean 0 and deviation 1, measured on training rows, missing values apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.training.rows import Matrix, Rows, block_of


@dataclass(frozen=True, slots=True)
class Standardisation:
    """Mean and deviation of each feature, shape (n_features,); the deviation of a constant is 1."""

    means: tuple[float, ...]
    scales: tuple[float, ...]

    def apply(self, block: Matrix) -> npt.NDArray[np.float64]:
        """Return (block - means) / scales."""
        return (np.asarray(block, dtype=np.float64) - self.means) / self.scales


def measure(rows: Rows, features: Sequence[str]) -> Standardisation:
    """Measure every feature in two passes, in double precision."""
    size = len(features)
    count, total = np.zeros(size), np.zeros(size)
    for batch in rows.batches(features):
        block = block_of(batch, np.float64)
        count += np.sum(~np.isnan(block), axis=0)
        total += np.nansum(block, axis=0)
    means = np.divide(total, count, out=np.zeros(size), where=count > 0)
    squares = np.zeros(size)
    for batch in rows.batches(features):
        squares += np.nansum((block_of(batch, np.float64) - means) ** 2, axis=0)
    deviations = np.sqrt(np.divide(squares, count, out=np.zeros(size), where=count > 0))
    scales = np.where(deviations > 10 * np.finfo(np.float64).eps * np.abs(means), deviations, 1.0)
    scales[scales == 0] = 1.0
    return Standardisation(tuple(means.tolist()), tuple(scales.tolist()))

"""What the test rows hold: rows, window, target, features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.training.rows import Rows, block_of


@dataclass(frozen=True, slots=True)
class FeatureSummary:
    """One feature over the test rows; the numbers are None where every value is missing."""

    name: str
    missing: int
    mean: float | None
    minimum: float | None
    maximum: float | None


def summarise(rows: Rows, features: Sequence[str]) -> list[FeatureSummary]:
    """Return each feature's summary in one pass."""
    size = len(features)
    seen, total = np.zeros(size), np.zeros(size)
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    for batch in rows.batches(features):
        if not batch.num_rows:
            continue
        block = block_of(batch, np.float64)
        known = ~np.isnan(block)
        seen += known.sum(axis=0)
        total += np.where(known, block, 0.0).sum(axis=0)
        least = np.minimum(least, np.where(known, block, np.inf).min(axis=0))
        most = np.maximum(most, np.where(known, block, -np.inf).max(axis=0))
    count = rows.count
    return [
        FeatureSummary(
            name,
            count - int(seen[index]),
            float(total[index] / seen[index]) if seen[index] else None,
            float(least[index]) if seen[index] else None,
            float(most[index]) if seen[index] else None,
        )
        for index, name in enumerate(features)
    ]

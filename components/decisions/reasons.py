"""Why a score is what it is, in words."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def reasons_of(
    rows: "pa.RecordBatch", features: Sequence[str], contributions: Any, count: int
) -> list[list[str | None]]:
    """Return the strongest reasons of each row, the strongest first.

    A reason reads `vibration_7d = 52.1 (+0.83)`: the feature, its value, and what it adds to the
    margin of the score (the log odds, for one of two classes).

    Args:
        rows: With the features among their columns.
        features: In the order of the contributions.
        contributions: Shape (n_rows, n_features); None: the model cannot tell.
        count: Reasons a row.

    Returns:
        One list for each place, each with a text or None for every row.
    """
    if contributions is None or not rows.num_rows:
        return [[None] * rows.num_rows for _ in range(count)]
    strongest = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :count]
    values = {name: rows.column(name).to_pylist() for name in features}
    told: list[list[str | None]] = [
        [
            _reason(features[index], values[features[index]][row], contributions[row, index])
            for row, index in enumerate(strongest[:, place])
        ]
        for place in range(strongest.shape[1])
    ]
    return told + [[None] * rows.num_rows for _ in range(count - len(told))]


def _reason(feature: str, value: float | None, contribution: float) -> str | None:
    if contribution == 0:
        return None
    shown = "missing" if value is None or math.isnan(value) else f"{value:.4g}"
    return f"{feature} = {shown} ({contribution:+.2f})"

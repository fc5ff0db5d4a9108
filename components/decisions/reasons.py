"""Why a score is what it is, in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each feature adds to the margin of a score (the log odds, for one of two classes).

    Attributes:
        features: Names, in order.
        values: Shape (n_rows, n_features); NaN or 0 is no reason.
    """

    features: Sequence[str]
    values: npt.NDArray[np.float64]


def reasons_of(
    rows: "pa.RecordBatch", contributions: Contributions | None, count: int
) -> list[list[str | None]]:
    """Return the strongest reasons of each row, the strongest first.

    A reason reads `vibration_7d = 52.1 (+0.83)`: the feature, its value, and what it adds to the
    margin of the score. Of equally strong ones the feature that stands first is told first.

    Args:
        rows: With the features among their columns.
        contributions: None: the model cannot tell.
        count: Reasons a row.

    Returns:
        One list for each place, each with a text or None for every row.
    """
    none: list[str | None] = [None] * rows.num_rows
    if contributions is None or not rows.num_rows:
        return [none for _ in range(count)]
    added = np.nan_to_num(contributions.values)
    strongest = np.argsort(-np.abs(added), axis=1, kind="stable")[:, :count]
    told = [
        _told_at(rows, contributions.features, added, strongest[:, place])
        for place in range(strongest.shape[1])
    ]
    return told + [none for _ in range(count - len(told))]


def _told_at(
    rows: "pa.RecordBatch",
    features: Sequence[str],
    added: npt.NDArray[np.float64],
    chosen: npt.NDArray[np.int64],
) -> list[str | None]:
    """Return one reason a row: that of the feature chosen for it."""
    told: list[str | None] = [None] * len(chosen)
    for index in np.unique(chosen).tolist():
        places = np.flatnonzero(chosen == index)
        feature = str(features[index])
        values = rows.column(feature).take(places).to_pylist()
        strengths = added[places, index].tolist()
        for place, value, strength in zip(places.tolist(), values, strengths, strict=True):
            told[place] = _reason(feature, value, strength)
    return told


def _reason(feature: str, value: float | None, contribution: float) -> str | None:
    if contribution == 0:
        return None
    shown = "missing" if value is None or math.isnan(value) else _shown(value)
    return f"{feature} = {shown} ({contribution:+.2f})"


def _shown(value: float) -> str:
    """Return four significant digits; whole numbers in full up to a million."""
    if math.isfinite(value) and abs(value) < 1e6 and value == int(value):
        return f"{value:.0f}"
    return f"{value:.4g}"

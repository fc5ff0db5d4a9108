"""What rows and scores looked like, small enough to keep for good: `profile.json`.

Each column is cut at the deciles of its own values; later rows are counted in the same bins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.training.rows import Rows
from penstock.errors import DataError, Problem

FORMAT = "penstock.profile/1"
MOST_FEATURES = 200
_BINS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a column's values are spread.

    Attributes:
        edges: Rising inner cuts; a value belongs to the bin right of the last edge that is not
            above it.
        counts: Values in each bin, one more than edges.
        missing: Values that are missing (NaN or null).
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    @property
    def rows(self) -> int:
        """All values, the missing ones among them."""
        return sum(self.counts) + self.missing

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "edges": list(self.edges),
            "counts": list(self.counts),
            "missing": self.missing,
        }


def distribution_of(values: Floats, edges: Sequence[float] | None = None) -> Distribution:
    """Return how values are spread.

    Args:
        values: Shape (n,); NaN is missing.
        edges: Cuts of an earlier distribution; None: the deciles of these values.
    """
    present = values[~np.isnan(values)]
    if edges is None:
        shares = np.arange(1, _BINS) / _BINS
        cuts = np.quantile(present, shares, method="lower") if len(present) else np.empty(0)
        edges = [float(edge) for edge in np.unique(cuts)]
    places = np.searchsorted(np.asarray(edges, dtype=np.float64), present, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    missing = len(values) - len(present)
    return Distribution(tuple(edges), tuple(int(each) for each in counts), missing)


def feature_values(rows: Rows, name: str) -> Floats:
    """Return a feature as float64, shape (n_rows,); null is NaN."""
    column = rows.column(name)
    values: Floats = column.to_numpy().astype(np.float64)
    return values


def profile_of(rows: Rows, features: Sequence[str], scores: Floats) -> dict[str, Any]:
    """Return the profile of training rows and of the scores on test rows.

    Args:
        rows: The training rows.
        features: The model's; at most 200 of them are kept, in their order.
        scores: Shape (n,), or (n, n_classes): the greatest of each row counts.
    """
    kept = features[:MOST_FEATURES]
    return {
        "format": FORMAT,
        "rows": rows.count,
        "features": {name: distribution_of(feature_values(rows, name)).to_json() for name in kept},
        "features_left_out": len(features) - len(kept),
        "scores": distribution_of(plain_scores(scores)).to_json(),
    }


def plain_scores(scores: Floats) -> Floats:
    """Return one score a row."""
    return scores if scores.ndim == 1 else scores.max(axis=1)


def read_distribution(written: Mapping[str, Any], where: str) -> Distribution:
    """Return a distribution out of a profile.

    Raises:
        DataError: It is damaged.
    """
    try:
        edges = tuple(float(edge) for edge in written["edges"])
        counts = tuple(int(each) for each in written["counts"])
        found = Distribution(edges, counts, int(written["missing"]))
    except (KeyError, TypeError, ValueError) as error:
        what = f"the profile is damaged: {error}."
        raise DataError(Problem(what, where, "Fetch the evidence again.")) from error
    if len(counts) != len(edges) + 1 or list(edges) != sorted(edges):
        what = "the profile is damaged: its bins do not fit its edges."
        raise DataError(Problem(what, where, "Fetch the evidence again."))
    return found

"""How far rows and scores moved away from those of the live model.

Population stability index: the sum over bins of (p - q) · ln(p / q), where empty bins count as half
a row. Below 0.1 is called stable, from 0.25 on shifted, between them moved. Source: Siddiqi, Credit
Risk Scorecards (2006), chapter 10. `distance` is the greatest difference of the cumulated shares
(Kolmogorov and Smirnov's statistic on the bins).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from components.evidence_pack.profile import (
    Distribution,
    Floats,
    distribution_of,
    feature_values,
    plain_scores,
    read_distribution,
)
from components.training.rows import Rows

Level = Literal["stable", "moved", "shifted"]

_MOVED, _SHIFTED = 0.1, 0.25


@dataclass(frozen=True, slots=True)
class Shift:
    """One column then and now.

    Attributes:
        index: Population stability index; missing values are a bin of their own.
        distance: Greatest difference of the cumulated shares of present values, in [0, 1].
        rows_before: Values of the live model's rows.
        rows: Values of the candidate's rows.
    """

    index: float
    distance: float
    rows_before: int
    rows: int

    @property
    def level(self) -> Level:
        """The index in a word."""
        if self.index >= _SHIFTED:
            return "shifted"
        return "moved" if self.index >= _MOVED else "stable"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "psi": self.index,
            "distance": self.distance,
            "level": self.level,
            "rows_before": self.rows_before,
            "rows": self.rows,
        }


def shift(before: Distribution, now: Distribution) -> Shift:
    """Compare two distributions over the same edges."""
    old = np.array([*before.counts, before.missing], dtype=np.float64)
    new = np.array([*now.counts, now.missing], dtype=np.float64)
    used = (old + new) > 0
    old, new = old[used], new[used]
    if not old.sum() or not new.sum():
        return Shift(0.0, 0.0, before.rows, now.rows)
    p, q = np.maximum(old, 0.5) / old.sum(), np.maximum(new, 0.5) / new.sum()
    index = math.fsum((q - p) * np.log(q / p))
    return Shift(index, _distance(before.counts, now.counts), before.rows, now.rows)


def drift_document(
    profile: Mapping[str, Any] | None,
    rows: Rows,
    features: tuple[str, ...],
    scores: Floats,
    where: str,
) -> dict[str, Any]:
    """Return the shifts of features and scores against a profile of the live model.

    Args:
        profile: As `profile_of` gave it; None: nothing is live, or it has no profile.
        rows: The candidate's training rows.
        features: Of the candidate.
        scores: The candidate's on its test rows.
        where: Place of the profile, for messages.

    Returns:
        `features` (by name, the greatest index first), `scores`, `not_compared` (features that the
        profile lacks) and `reason` (why nothing was compared; empty where it was).

    Raises:
        DataError: The profile is damaged.
    """
    if profile is None:
        return {
            "features": {},
            "scores": None,
            "not_compared": [],
            "reason": "there is nothing to compare with",
        }
    known = profile.get("features")
    written = known if isinstance(known, dict) else {}
    found: dict[str, Shift] = {}
    for name in features:
        if name in written:
            before = read_distribution(written[name], where)
            now = distribution_of(feature_values(rows, name), before.edges)
            found[name] = shift(before, now)
    old_scores = read_distribution(profile.get("scores") or {}, where)
    new_scores = distribution_of(plain_scores(scores), old_scores.edges)
    ordered = sorted(found.items(), key=lambda each: (-each[1].index, each[0]))
    return {
        "features": {name: each.to_json() for name, each in ordered},
        "scores": shift(old_scores, new_scores).to_json(),
        "not_compared": [name for name in features if name not in written],
        "reason": "",
    }


def _distance(before: tuple[int, ...], now: tuple[int, ...]) -> float:
    old, new = np.array(before, dtype=np.float64), np.array(now, dtype=np.float64)
    if not old.sum() or not new.sum():
        return 0.0
    return float(np.abs(np.cumsum(old) / old.sum() - np.cumsum(new) / new.sum()).max())

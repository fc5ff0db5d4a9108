"""Precision at k: of the k groups that a team can look into each day, how many are hits?"""

from collections.abc import Mapping

import numpy as np

from components.evaluation.statistic import Floats, Integers


class PrecisionAtK:
    """Rank each period's groups by their highest score, take k, count those with a positive row.

    Groups found (among the k, and positive) in an earlier period are left out of later ones; the
    result is the mean over periods. Equal scores rank by first appearance. Under weights (resamples
    of groups), a group of weight 2 stands in the ranking twice. With customers and days this is the
    card precision top-k of the Fraud Detection Handbook, chapter 4.
    """

    def __init__(
        self,
        name: str,
        positive: Floats,
        scores: Floats,
        *,
        groups: Integers,
        periods: Integers,
        k: int,
        exclude_found: bool = True,
    ) -> None:
        """Rank each period once.

        Args:
            name: Name of the metric.
            positive: 1 or 0, shape (n_rows,).
            scores: Shape (n_rows,).
            groups: Code of the group from 0 in order of first appearance, shape (n_rows,).
            periods: Any number that rises from period to period, shape (n_rows,).
            k: Groups looked into each period, at least 1.
            exclude_found: Whether a found group is left out of later periods.
        """
        self._name, self._k, self._exclude_found = name, k, exclude_found
        self._count = int(groups.max()) + 1
        self._periods = [
            _rank(positive[here], scores[here], groups[here], here)
            for here in (np.flatnonzero(periods == period) for period in np.unique(periods))
        ]

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return the metric under its name; NaN where no group is left."""
        found = np.zeros(self._count, dtype=bool)
        shares: list[float] = []
        for groups, positive, rows in self._periods:
            times = np.where(found[groups], 0.0, weights[rows])
            before = np.cumsum(times) - times
            taken = np.clip(self._k - before, 0.0, times)
            looked_into = float(taken.sum())
            if not looked_into:
                continue
            shares.append(float(taken @ positive) / looked_into)
            if self._exclude_found:
                found[groups[(taken > 0) & (positive > 0)]] = True
        return {self._name: float(np.mean(shares)) if shares else float("nan")}


def _rank(
    positive: Floats, scores: Floats, groups: Integers, rows: Integers
) -> tuple[Integers, Floats, Integers]:
    """Return one period's groups by falling highest score, with hit or not and one row of each."""
    order = np.lexsort((groups, -scores))
    ranked, first = np.unique(groups[order], return_index=True)
    by_rank = np.argsort(first, kind="stable")
    hit = np.bincount(np.searchsorted(ranked, groups), positive, minlength=len(ranked)) > 0
    return ranked[by_rank], hit[by_rank].astype(np.float64), rows[order[first[by_rank]]]

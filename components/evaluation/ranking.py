"""How well scores order rows: ROC AUC and average precision, exact under ties and weights."""

from collections.abc import Mapping

import numpy as np

from components.evaluation.statistic import Floats, divide


class Ranking:
    """ROC AUC and average precision of one positive class.

    The rows are sorted once; every call afterwards is a few cumulative sums.

    Source: Fawcett 2006 (AUC as the Mann-Whitney statistic, ties count one half); average precision
    as the sum of precision times gain in recall over distinct scores, as in scikit-learn.
    """

    def __init__(self, positive: Floats, scores: Floats, prefix: str = "") -> None:
        """Sort the rows.

        Args:
            positive: 1 for the positive class, else 0, shape (n_rows,).
            scores: Higher means more likely positive, shape (n_rows,).
            prefix: Put before the metrics' names.
        """
        self._order = np.argsort(-scores, kind="stable")
        self._positive = positive[self._order]
        ordered = scores[self._order]
        ends = np.flatnonzero(ordered[1:] != ordered[:-1])
        self._ends = np.append(ends, len(ordered) - 1)
        self._tied = len(self._ends) != len(ordered)
        self._names = f"{prefix}roc_auc", f"{prefix}average_precision"

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return both metrics; NaN without a positive or without a negative row."""
        weights = weights[self._order]
        hits = np.cumsum(weights * self._positive)
        seen = np.cumsum(weights)
        if self._tied:
            hits, seen = hits[self._ends], seen[self._ends]
        misses = seen - hits
        positives, negatives = float(hits[-1]), float(misses[-1])
        gained = np.diff(hits, prepend=0.0)
        below = np.diff(misses, prepend=0.0)
        area = float(below @ (hits - gained / 2))
        precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
        roc_auc, average_precision = self._names
        return {
            roc_auc: divide(area, positives * negatives),
            average_precision: divide(float(gained @ precision), positives),
        }

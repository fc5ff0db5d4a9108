"""ROC AUC over several classes: each against the rest, then the mean."""

from collections.abc import Mapping, Sequence

import numpy as np

from components.evaluation.ranking import Ranking
from components.evaluation.statistic import Floats, Integers


class MacroRanking:
    """`macro_roc_auc`, `macro_average_precision` and those of each class against the rest.

    A class without rows has no score and is left out of the mean.
    """

    def __init__(self, classes: Integers, probability: Floats, names: Sequence[str]) -> None:
        """Sort the rows once a class.

        Args:
            classes: Index of the true class, shape (n_rows,).
            probability: Shape (n_rows, n_classes).
            names: Of the classes.
        """
        self._each = [
            Ranking((classes == index).astype(np.float64), probability[:, index], f"class_{name}_")
            for index, name in enumerate(names)
        ]

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return the means first."""
        each: dict[str, float] = {}
        for ranking in self._each:
            each.update(ranking(weights))
        return {
            f"macro_{metric}": _mean([v for name, v in each.items() if name.endswith(f"_{metric}")])
            for metric in ("roc_auc", "average_precision")
        } | each


def _mean(values: list[float]) -> float:
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else float("nan")

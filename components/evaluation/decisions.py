"""How good decisions are: confusion matrix, precision, recall, F1, accuracy."""

from collections.abc import Mapping, Sequence

import numpy as np

from components.evaluation.statistic import Floats, Integers, divide


class Decisions:
    """Scores of predicted classes against true ones.

    For two classes the metrics are those of the positive class; for more they are `accuracy`,
    `balanced_accuracy` and the macro means, and those of each class under `class_<name>_...`.
    """

    def __init__(self, truth: Integers, predicted: Integers, classes: Sequence[str]) -> None:
        """Take what is needed.

        Args:
            truth: Index of the true class, shape (n_rows,).
            predicted: Index of the predicted class, shape (n_rows,).
            classes: Names by index; for two classes the second is the positive one.
        """
        self._classes = tuple(classes)
        self._cell = truth * len(classes) + predicted

    def confusion(self, weights: Floats) -> Floats:
        """Return counts, true classes in rows and predicted ones in columns."""
        size = len(self._classes)
        counts = np.bincount(self._cell, weights, minlength=size * size).astype(np.float64)
        return counts.reshape(size, size)

    def __call__(self, weights: Floats) -> Mapping[str, float]:
        """Return every metric."""
        matrix = self.confusion(weights)
        right = np.diag(matrix)
        actual, claimed = matrix.sum(axis=1), matrix.sum(axis=0)
        accuracy = divide(float(right.sum()), float(matrix.sum()))
        if len(self._classes) == 2:
            return {
                "accuracy": accuracy,
                "precision": _share(right[1], claimed[1]),
                "recall": _share(right[1], actual[1]),
                "f1": _share(2 * right[1], actual[1] + claimed[1]),
            }
        each: dict[str, float] = {}
        columns: dict[str, list[float]] = {"precision": [], "recall": [], "f1": []}
        for index, name in enumerate(self._classes):
            scores = {
                "precision": _share(right[index], claimed[index]),
                "recall": _share(right[index], actual[index]),
                "f1": _share(2 * right[index], actual[index] + claimed[index]),
            }
            for metric, score in scores.items():
                each[f"class_{name}_{metric}"] = score
                columns[metric].append(score)
        present = actual > 0
        recall = np.asarray(columns["recall"])
        return {
            "accuracy": accuracy,
            "balanced_accuracy": float(recall[present].mean()) if present.any() else float("nan"),
            **{f"macro_{metric}": float(np.mean(scores)) for metric, scores in columns.items()},
            **each,
        }


def _share(part: float, whole: float) -> float:
    """Return part / whole; 0 where nothing was claimed or present, as scikit-learn does."""
    return float(part / whole) if whole else 0.0

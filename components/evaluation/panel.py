"""The metrics that a use case asks for, over one set of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.evaluation.decisions import Decisions
from components.evaluation.macro import MacroRanking
from components.evaluation.periods import codes_of, days_of
from components.evaluation.precision_at_k import PrecisionAtK
from components.evaluation.probability import Calibration, ProbabilityLoss
from components.evaluation.ranking import Ranking
from components.evaluation.regression import RegressionError
from components.evaluation.statistic import Floats, Integers, Statistic
from components.training.labels import Labels
from components.training.rows import Rows
from penstock.use_case import UseCase

if TYPE_CHECKING:
    import pyarrow as pa

DAY = "event_day"
"""Column in which `preprocess` writes the day of each row."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows with what is true and what the model says.

    Attributes:
        rows: Where further columns come from.
        labels: How the target is read.
        truth: Index of the class or quantity, shape (n_rows,).
        scores: As `Scorer.score` returns them.
        threshold: From which on a row counts as positive; None: one half; an array: of each row.
        kept: Which rows of `rows` stand in `truth` and `scores`; None: all.
    """

    rows: Rows
    labels: Labels
    truth: Floats
    scores: Floats
    threshold: "float | Floats | None"
    kept: Integers | None = None

    @property
    def predicted(self) -> Integers:
        """Index of the predicted class, shape (n_rows,)."""
        if self.labels.task == "binary":
            threshold = 0.5 if self.threshold is None else self.threshold
            return (self.scores >= threshold).astype(np.int64)
        best: Integers = np.argmax(self.scores, axis=1).astype(np.int64)
        return best

    @property
    def probability(self) -> Floats:
        """Probability of each class, shape (n_rows, n_classes)."""
        if self.labels.task == "binary":
            return np.column_stack([1 - self.scores, self.scores])
        return self.scores

    def codes(self, column: str) -> Integers:
        """Return a column of these rows as codes by first appearance."""
        return codes_of(self._taken(column))

    def days(self, column: str, time_zone: str) -> Integers:
        """Return the day of each of these rows, as `preprocess` counted it if it did."""
        return days_of(self._taken(DAY if DAY in self.rows.types else column), time_zone)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return a column of these rows, shape (n_rows,)."""
        values: npt.NDArray[Any] = self._taken(name).to_numpy()
        return values

    def arrow(self, name: str) -> "pa.ChunkedArray":
        """Return a column of these rows as Arrow holds it."""
        return self._taken(name)

    def _taken(self, column: str) -> "pa.ChunkedArray":
        values = self.rows.column(column)
        return values if self.kept is None else values.take(self.kept)


def statistics_of(use_case: UseCase, judged: Judged) -> Sequence[Statistic]:
    """Return what measures the metrics of the use case's task, and its precisions at k."""
    if judged.labels.task == "regression":
        return [RegressionError(judged.truth, judged.scores)]
    classes = judged.truth.astype(np.int64)
    names = judged.labels.names
    losses = ProbabilityLoss(classes, judged.probability)
    decisions = Decisions(classes, judged.predicted, names)
    if judged.labels.task == "multiclass":
        return [decisions, MacroRanking(classes, judged.scores, names), losses]
    return [
        Ranking(judged.truth, judged.scores),
        *_precisions_at_k(use_case, judged),
        losses,
        Calibration(judged.truth, judged.scores),
        decisions,
    ]


def _precisions_at_k(use_case: UseCase, judged: Judged) -> list[Statistic]:
    found: list[Statistic] = []
    for each in use_case.evaluation.precision_at_k:
        periods = (
            judged.days(use_case.time_column, use_case.time_zone)
            if each.per == "day"
            else np.zeros(len(judged.truth), dtype=np.int64)
        )
        groups = judged.codes(each.group)
        found.append(
            PrecisionAtK(
                each.name,
                judged.truth,
                judged.scores,
                groups=groups,
                periods=periods,
                k=each.k,
                exclude_found=each.exclude_found,
            )
        )
    return found

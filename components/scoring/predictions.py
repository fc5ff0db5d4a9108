"""The columns of predictions, and how a batch of scored rows becomes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.decisions.reasons import Contributions, reasons_of
from components.features.computing import carried_columns
from components.features.due import DATA_AGE
from penstock.use_case import UseCase

if TYPE_CHECKING:
    import pyarrow as pa

    from components.training.scorer import Details

SCORE, DECISION, MODEL, MODEL_VERSION = "score", "decision", "model", "model_version"
REASON = "reason_"
"""Begins the names of the columns of reasons, the strongest first: `reason_1`."""


@dataclass(frozen=True, slots=True)
class PredictionForm:
    """How scored rows are told.

    Attributes:
        use_case: Whose decisions they are.
        classes: Values of the classes, the second one positive for `binary`; none for regression.
        model_version: Version of the model, for the record.
    """

    use_case: UseCase
    classes: Sequence[object]
    model_version: str

    def carried(self, available: Sequence[str]) -> list[str]:
        """Return the columns that go along with the scores, of those that are available."""
        wanted = [
            *carried_columns(self.use_case, with_target=False),
            self.use_case.segment,
            self.use_case.inference.group,
            DATA_AGE,
        ]
        return [each for each in dict.fromkeys(wanted) if each in available]

    def batch(
        self, rows: "pa.RecordBatch", details: "Details", contributions: "Contributions | None"
    ) -> "pa.RecordBatch":
        """Return predictions of a batch.

        Args:
            rows: The rows, with carried columns and features.
            details: Their scores.
            contributions: What each feature added; None: no reasons are known.
        """
        import pyarrow as pa

        columns: dict[str, Any] = {
            each: rows.column(each) for each in self.carried(rows.schema.names)
        }
        columns |= self._told(details)
        given = details.models
        columns[MODEL] = (
            pa.repeat("", rows.num_rows) if given is None else pa.array(given, pa.string())
        )
        columns[MODEL_VERSION] = pa.repeat(self.model_version, rows.num_rows)
        told = reasons_of(rows, contributions, self.use_case.inference.reasons)
        for index, reasons in enumerate(told, start=1):
            columns[f"{REASON}{index}"] = pa.array(reasons, pa.string())
        return pa.RecordBatch.from_pydict(columns)

    def added(self) -> list[str]:
        """Return the columns that a prediction has beside the carried ones."""
        classes = self.classes if self.use_case.task == "multiclass" else ()
        reasons = range(1, self.use_case.inference.reasons + 1)
        return [
            SCORE,
            *(f"{SCORE}_{label}" for label in classes),
            *(DECISION, MODEL, MODEL_VERSION),
            *(f"{REASON}{index}" for index in reasons),
        ]

    def _told(self, details: "Details") -> dict[str, Any]:
        """Return scores and decisions; a row without a score has neither."""
        import pyarrow as pa

        scores, words = details.scores, self.use_case.inference
        if self.use_case.task == "multiclass":
            return self._told_of_classes(scores)
        told = {SCORE: pa.array(scores, pa.float64(), from_pandas=True)}
        if details.thresholds is None:
            return told | {DECISION: pa.repeat("", len(scores))}
        texts = pa.array([words.negative_decision, words.positive_decision, ""], pa.string())
        which = np.where(np.isnan(scores), 2, scores >= details.thresholds)
        return told | {DECISION: texts.take(pa.array(which, pa.int64()))}

    def _told_of_classes(self, scores: npt.NDArray[np.float64]) -> dict[str, Any]:
        import pyarrow as pa

        names = pa.array([str(label) for label in self.classes], pa.string())
        missing = np.isnan(scores).any(axis=1)
        best = np.argmax(scores, axis=1) if len(scores) else np.empty(0, dtype=np.int64)
        greatest = np.max(scores, axis=1, initial=-np.inf)
        told = {SCORE: pa.array(greatest, pa.float64(), mask=missing)}
        for index, label in enumerate(self.classes):
            column = np.ascontiguousarray(scores[:, index])
            told[f"{SCORE}_{label}"] = pa.array(column, pa.float64(), from_pandas=True)
        return told | {DECISION: names.take(pa.array(best, mask=missing)).fill_null("")}

"""The columns of predictions, and how a batch of scored rows becomes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.decisions.reasons import reasons_of
from components.features.computing import carried_columns
from components.features.due import DATA_AGE
from penstock.use_case import UseCase

if TYPE_CHECKING:
    import pyarrow as pa

    from components.training.scorer import Details

SCORE, DECISION, MODEL, MODEL_VERSION = "score", "decision", "model", "model_version"


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
        self, rows: "pa.RecordBatch", details: "Details", contributions: Any
    ) -> "pa.RecordBatch":
        """Return predictions of a batch.

        Args:
            rows: The rows, with carried columns and features.
            details: Their scores.
            contributions: What each feature added, shape (n_rows, n_features), or None.
        """
        import pyarrow as pa

        carried = self.carried(rows.schema.names)
        columns: dict[str, Any] = {each: rows.column(each) for each in carried}
        scores = details.scores
        if self.use_case.task == "multiclass":
            best = scores.argmax(axis=1) if len(scores) else np.empty(0, dtype=np.int64)
            columns[SCORE] = pa.array(scores.max(axis=1) if len(scores) else scores[:, 0])
            for index, label in enumerate(self.classes):
                columns[f"{SCORE}_{label}"] = pa.array(np.ascontiguousarray(scores[:, index]))
            names = np.array([str(label) for label in self.classes], dtype=object)
            columns[DECISION] = pa.array(names[best], pa.string())
        else:
            columns[SCORE] = pa.array(scores, pa.float64(), from_pandas=True)
            columns[DECISION] = pa.array(self._decisions(scores, details.thresholds), pa.string())
        models = [""] * len(scores) if details.models is None else list(details.models)
        columns[MODEL] = pa.array(models, pa.string())
        columns[MODEL_VERSION] = pa.array([self.model_version] * len(scores), pa.string())
        count = self.use_case.inference.reasons
        if count:
            told = reasons_of(rows, self.use_case.features, contributions, count)
            for index, reasons in enumerate(told, start=1):
                columns[f"reason_{index}"] = pa.array(reasons, pa.string())
        return pa.RecordBatch.from_pydict(columns)

    def _decisions(
        self, scores: npt.NDArray[np.float64], thresholds: npt.NDArray[np.float64] | None
    ) -> npt.NDArray[Any]:
        words = self.use_case.inference
        if thresholds is None:
            return np.full(len(scores), "", dtype=object)
        acting = np.where(scores >= thresholds, words.positive_decision, words.negative_decision)
        told: npt.NDArray[Any] = np.where(np.isnan(scores), "", acting).astype(object)
        return told

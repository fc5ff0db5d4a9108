"""The predictor of the serving container: a model folder, asked with bodies of rows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.serving.answers import answer, score_table
from components.serving.bodies import columnar, csv, json, jsonlines
from components.serving.light_imports import import_without
from components.serving.media_types import Form, form_of_body, media_type_of_answer
from components.serving.schema import Schema, schema_of, use_case_of
from components.training.scorer import load_model
from penstock.contract.serving import Answer, RefusedRequestError, Request
from penstock.errors import DataError
from penstock.use_case import UseCase

if TYPE_CHECKING:
    import pyarrow as pa

_READERS: dict[Form, Callable[[bytes, Schema], "pa.Table"]] = {
    "csv": csv.read,
    "json": json.read,
    "jsonlines": jsonlines.read,
    "arrow": columnar.read_arrow,
    "parquet": columnar.read_parquet,
}


@dataclass(frozen=True, slots=True)
class ModelPredictor:
    """A loaded model.

    Attributes:
        scorer: Of the model or the bundle.
        schema: Its columns.
        use_case: What it was trained for, where that is at hand.
    """

    scorer: Any
    schema: Schema
    use_case: UseCase | None

    def predict(self, request: Request) -> Answer:
        """Score the rows of a body, in their order; with `rows=raw` those due among raw rows.

        Raises:
            RefusedRequestError: The rows cannot be read, or the types are unknown.
        """
        form = form_of_body(request.content_type)
        media_type = media_type_of_answer(request.accept, request.content_type)
        if request.attributes.get("rows", "features") == "raw":
            return self._predict_raw(request, form, media_type)
        return answer(
            self._scores(_READERS[form](request.body, self.schema)), self.schema, media_type
        )

    def _predict_raw(self, request: Request, form: Form, media_type: str) -> Answer:
        from components.serving.raw import answer_due, due_rows

        if self.use_case is None:
            raise RefusedRequestError(
                "the files of the use case that computes the features are not beside this model.",
                "Send the features.",
            )
        rows = due_rows(request, form, self.use_case)
        scores = score_table(self._scores(rows), self.schema)
        features = request.attributes.get("features", "") in ("yes", "true")
        return answer_due(rows, scores, self.use_case, media_type, features=features)

    def _scores(self, rows: "pa.Table") -> Any:
        try:
            return self.scorer.score(rows)
        except DataError as error:
            raise RefusedRequestError(str(error)) from None


def load(folder: str) -> ModelPredictor:
    """Load a model folder and check it against the use case that it names, where that is at hand.

    Raises:
        DataError: The folder holds no model, something in it was changed, or the use case computes
            other features than the model takes.
    """
    place = Path(folder)
    import_without("xgboost", "sklearn")
    scorer = load_model(place)
    return ModelPredictor(scorer, schema_of(scorer), use_case_of(scorer, place))

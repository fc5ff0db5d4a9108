"""What the prediction server and the predictor that it loads promise one another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from penstock.errors import Problem, RequestError


@dataclass(frozen=True, slots=True)
class Request:
    """One request to `/invocations`.

    Attributes:
        body: The rows.
        content_type: Media type of the body, as the header says it; empty if it does not.
        accept: Media types that the answer may have; empty: any.
        attributes: What `X-Amzn-SageMaker-Custom-Attributes` says (`rows=raw,day=2018-08-01`).
    """

    body: bytes
    content_type: str = ""
    accept: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a good request is answered with."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True, order=True)
class BadRow:
    """One thing wrong with one row of a body.

    Attributes:
        row: Its number, from 1; in CSV and JSON Lines that of the line.
        column: The column; empty if the row as a whole is wrong.
        what: What is wrong, and what was expected.
    """

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        place = f"row {self.row}, column {self.column!r}" if self.column else f"row {self.row}"
        return f"{place}: {self.what}"


class RefusedRequestError(RequestError):
    """A request that cannot be answered; `status` is the HTTP status that says so."""

    def __init__(self, what: str, remedy: str = "", *, status: int = 400) -> None:
        super().__init__(Problem(what, "", remedy))
        self.status = status
        self.rows: tuple[BadRow, ...] = ()


class BadRowsError(RefusedRequestError):
    """Rows that cannot be read; the first ones are named."""

    def __init__(self, rows: tuple[BadRow, ...]) -> None:
        super().__init__("\n".join(map(str, rows)))
        self.rows = rows


class Predictor(Protocol):
    """Answers requests; several threads may ask at once."""

    def predict(self, request: Request) -> Answer:
        """Answer one request.

        Raises:
            RefusedRequestError: The request cannot be answered.
        """
        ...


class LoadPredictor(Protocol):
    """Makes a predictor of a model's folder."""

    def __call__(self, folder: str) -> Predictor:
        """Load and check the model.

        Raises:
            DataError: The folder holds no model that can be served.
        """
        ...

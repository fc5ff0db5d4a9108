"""The records of a Transform job's files, and the requests that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import Problem, StepError
from penstock.targets.local.steps.data_processing import RecordError

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one request.

    Attributes:
        first: Number of the first line, from 1; 0 for a whole file.
        records: As they are in the file.
        body: What is sent of them.
    """

    first: int
    records: tuple[bytes, ...]
    body: bytes

    def place(self, name: str, row: int | None = None) -> str:
        """Return `rows.csv:3` for a row of the body, else the lines of the batch or the file."""
        if row is not None:
            return f"{name}:{max(1, self.first) + row - 1}"
        if not self.first:
            return name
        if len(self.records) == 1:
            return f"{name}:{self.first}"
        return f"{name}, lines {self.first:,} to {self.first + len(self.records) - 1:,}"


@dataclass(frozen=True, slots=True)
class Splitting:
    """How files become requests.

    Attributes:
        by_line: Whether a line is a record; else a file is one.
        single: Whether a request holds one record.
        payload_mb: Largest body; 0: any.
        sent: Gives what of a record is sent.
    """

    by_line: bool
    single: bool
    payload_mb: int
    sent: Callable[[bytes], bytes]

    def batches(self, file: Path, name: str) -> Iterator[Batch]:
        """Yield the requests of a file: as many records as fit, in order.

        Raises:
            StepError: A record is too large, or the filter does not fit it.
        """
        if not self.by_line:
            record = file.read_bytes()
            yield Batch(0, (record,), self._body(record, name))
            return
        waiting: list[tuple[bytes, bytes]] = []
        size, first = 0, 1
        limit = self.payload_mb * MEGABYTE or None
        with file.open("rb") as lines:
            for number, record in enumerate(lines, start=1):
                body = self._body(record, f"{name}:{number}")
                if waiting and (self.single or (limit is not None and size + len(body) > limit)):
                    yield _batch(first, waiting)
                    waiting, size, first = [], 0, number
                waiting.append((record, body))
                size += len(body)
        if waiting:
            yield _batch(first, waiting)

    def _body(self, record: bytes, where: str) -> bytes:
        try:
            body = self.sent(record)
        except RecordError as error:
            raise StepError(
                Problem(f"{error}.", where, "Correct the record or the filter.")
            ) from None
        if self.payload_mb and len(body) > self.payload_mb * MEGABYTE:
            raise StepError(
                Problem(
                    f"a record of {len(body):,} bytes is over MaxPayloadInMB "
                    f"({self.payload_mb} MB).",
                    where,
                    "Raise MaxPayloadInMB, at most 100, or split the file by line.",
                )
            )
        return body


def _batch(first: int, waiting: list[tuple[bytes, bytes]]) -> Batch:
    return Batch(
        first, tuple(record for record, _ in waiting), b"".join(body for _, body in waiting)
    )

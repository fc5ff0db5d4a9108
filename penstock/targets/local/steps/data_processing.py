"""DataProcessing of a Transform job: what is sent of a record, and what is kept with its answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.steps.json_path import JsonPath, read_path

_CSV, _LINES, _JSON = "text/csv", "application/jsonlines", "application/json"
_INPUT, _OUTPUT = "SageMakerInput", "SageMakerOutput"


class RecordError(Exception):
    """A record or its answer cannot be filtered or joined."""


@dataclass(frozen=True, slots=True)
class DataProcessing:
    """Filters and join of one job.

    Attributes:
        media: Of the records: CSV, JSON or JSON Lines.
        by_line: Whether a line is a record.
        input_filter: Selects what is sent.
        joins: Whether an answer is put to its record.
        output_filter: Selects what is kept.
    """

    media: str
    by_line: bool
    input_filter: JsonPath
    joins: bool
    output_filter: JsonPath

    @property
    def changes_answers(self) -> bool:
        """Whether answers are kept in another form than they came in."""
        return self.joins or not self.output_filter.whole

    def sent(self, record: bytes) -> bytes:
        """Return what of a record goes to the model.

        Raises:
            RecordError: The filter does not fit the record.
        """
        if self.input_filter.whole:
            return record
        end = b"\n" if record.endswith(b"\n") else b""
        if self.media == _CSV and not self.by_line:
            return b"".join(self._sent(line) + b"\n" for line in record.splitlines())
        return self._sent(record) + end

    def _sent(self, record: bytes) -> bytes:
        return self._written(_chosen(self.input_filter, self._read(record), "InputFilter"))

    def kept(self, records: Sequence[bytes], body: bytes) -> bytes:
        """Return what is written for records and the body that answered them.

        Raises:
            RecordError: There is not one answer for each record, or a filter does not fit.
        """
        if self.media == _JSON and not self.by_line:
            return self._kept(records[0], body)
        asked = records if self.by_line else records[0].splitlines()
        answers = body.splitlines()
        if self.joins and len(answers) != len(asked):
            raise RecordError(
                f"{len(answers):,} answers came for {len(asked):,} records, and each is to be "
                "joined to its own"
            )
        if not self.joins:
            return b"".join(self._kept(b"", answer) + b"\n" for answer in answers)
        pairs = zip(asked, answers, strict=True)
        return b"".join(self._kept(record, answer) + b"\n" for record, answer in pairs)

    def _kept(self, record: bytes, answer: bytes) -> bytes:
        found = self._read(answer)
        if self.joins:
            found = self._joined(self._read(record), found)
        return self._written(_chosen(self.output_filter, found, "OutputFilter"))

    def _joined(self, record: Any, answer: Any) -> Any:
        if self.media == _CSV:
            return record + answer
        if isinstance(record, dict):
            return record | {_OUTPUT: answer}
        return {_INPUT: record, _OUTPUT: answer}

    def _read(self, text: bytes) -> Any:
        try:
            if self.media != _CSV:
                return json.loads(text)
            line = text.decode().rstrip("\r\n")
            return next(csv.reader([line])) if '"' in line else line.split(",")
        except (ValueError, csv.Error, StopIteration, RecursionError) as error:
            kind = "CSV" if self.media == _CSV else "JSON"
            raise RecordError(f"{text[:40]!r} is no {kind}: {error}") from None

    def _written(self, value: Any) -> bytes:
        if self.media != _CSV:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        columns = value if isinstance(value, list) else [value]
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(columns)
        return text.getvalue().encode()


def data_processing(arguments: Document) -> DataProcessing:
    """Read the filters of a job.

    Raises:
        StepError: A filter is no path, or the content type cannot be filtered.
    """
    said = arguments.get("DataProcessing") or {}
    source = arguments["TransformInput"]
    media = str(source.get("ContentType", "")).partition(";")[0].strip().lower()
    found = DataProcessing(
        media=media,
        by_line=source.get("SplitType", "None") == "Line",
        input_filter=read_path(str(said.get("InputFilter", "$")), "DataProcessing.InputFilter"),
        joins=said.get("JoinSource", "None") == "Input",
        output_filter=read_path(str(said.get("OutputFilter", "$")), "DataProcessing.OutputFilter"),
    )
    used = found.changes_answers or not found.input_filter.whole
    if used and media not in (_CSV, _LINES, _JSON):
        raise StepError(
            Problem(
                f"the content type {media!r} can be neither filtered nor joined.",
                "DataProcessing",
                f"Use one of: {_CSV}, {_JSON}, {_LINES}.",
            )
        )
    return found


def _chosen(path: JsonPath, value: Any, name: str) -> Any:
    try:
        return path.select(value)
    except LookupError as error:
        raise RecordError(f"{name} {path.text}: {error.args[0]}") from None

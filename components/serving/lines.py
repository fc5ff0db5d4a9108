"""Files of lines through a predictor: what a Transform step does, where there is none."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from components.features.computing import carried_columns
from components.serving.schema import Schema
from penstock.contract.serving import Predictor, RefusedRequestError, Request
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase

_LINES_AT_A_TIME = 20_000
_LONGEST_FILTER = 63
"""Characters of a filter, as CreateTransformJob says."""


def transform_settings(use_case: UseCase) -> dict[str, Any]:
    """Return what `configure(..., sagemaker={...})` takes for a use case's transform.

    The lines are those of `prepare`: carried columns, then features. Carried columns are not sent,
    but for the segment, which a bundle takes behind the features. The answer of a line is its
    carried columns and its scores: in CSV as further columns, in JSON Lines as the member
    `SageMakerOutput`.

    Args:
        use_case: `inference.form` is `csv` or `jsonlines`.
    """
    chosen = use_case.inference.transform
    carried = carried_columns(use_case, with_target=False)
    settings: dict[str, Any] = {
        "split_type": "Line",
        "strategy": chosen.strategy,
        "max_payload_mb": chosen.max_payload_mb,
        "max_concurrent": chosen.max_concurrent,
    }
    media = "text/csv" if use_case.inference.form == "csv" else "application/jsonlines"
    settings |= {"content_type": media, "accept": media}
    if not carried:
        return settings
    settings["join_source"] = "Input"
    if media == "text/csv":
        scores = 1
        if use_case.task == "multiclass":
            scores = len(use_case.columns[use_case.target].allowed)
        routed = use_case.segment if use_case.segments is not None else ""
        segment = f",{carried.index(routed)}" if routed in carried else ""
        settings["input_filter"] = f"$[{len(carried)}:{segment}]"
        if scores:  # else how many there are is known to the model alone, and all columns stay
            settings["output_filter"] = _places(len(carried), scores)
        return settings
    names = ",".join(f"'{name}'" for name in (*carried, "SageMakerOutput"))
    if len(names) + 3 <= _LONGEST_FILTER:
        settings["output_filter"] = f"$[{names}]"
    return settings


def _places(carried: int, scores: int) -> str:
    places = [*map(str, range(carried)), *map(str, range(-scores, 0))]
    listed = f"$[{','.join(places)}]"
    return listed if len(listed) <= _LONGEST_FILTER else f"$[0:{carried},{-scores}:]"


def answer_files(predictor: Any, source: Path, target: Path) -> None:
    """Write `<file>.out` below `target` for a file, or for each file of a folder.

    Args:
        predictor: A predictor with a `schema`.
        source: CSV without a header, or JSON Lines.
        target: Is made.

    Raises:
        DataError: A line cannot be read.
    """
    target.mkdir(parents=True, exist_ok=True)
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    for file in files:
        name = file.name if source.is_file() else str(file.relative_to(source))
        place = target / f"{name}.out"
        place.parent.mkdir(parents=True, exist_ok=True)
        with file.open(encoding="utf-8", newline="") as lines, place.open("w", newline="") as out:
            first = 1
            while batch := list(islice(lines, _LINES_AT_A_TIME)):
                out.writelines(_answers(predictor, predictor.schema, batch, f"{name}", first))
                first += len(batch)


def _answers(
    predictor: Any, schema: Schema, lines: list[str], name: str, first: int
) -> Iterator[str]:
    if lines[0].lstrip().startswith("{"):
        answered = _ask(predictor, "".join(lines), "application/jsonlines", name, first)
        for line, said in zip(lines, answered, strict=True):
            yield json.dumps(json.loads(line) | {"SageMakerOutput": json.loads(said)}) + "\n"
        return
    rows = list(csv.reader(lines))
    carried = len(rows[0]) - len(schema.features)
    segment = _segment_place(predictor, carried) if schema.adds_segment else None
    if carried < (segment is not None):
        raise DataError(
            Problem(
                f"it has {len(rows[0])} columns; the model takes {len(schema.columns)}.",
                f"{name}:{first}",
                f"Write {', '.join(schema.columns)}.",
            )
        )
    if segment is None:
        body = _as_csv([row[carried:] for row in rows])
    else:
        body = _as_csv([[*row[carried:], row[segment]] for row in rows])
    answered = _ask(predictor, body, "text/csv", name, first)
    joined = [[*row[:carried], *said.split(",")] for row, said in zip(rows, answered, strict=True)]
    yield _as_csv(joined)


def _segment_place(predictor: Any, carried: int) -> int:
    """Return where the segment stands among the carried columns."""
    use_case: UseCase | None = predictor.use_case
    columns = carried_columns(use_case, with_target=False) if use_case else []
    name = predictor.schema.segment
    if name not in columns or len(columns) != carried:
        raise DataError(
            Problem(
                f"the lines carry {carried} columns, and where the segment {name!r} stands among "
                "them is not known.",
                "",
                "Transform the lines of `prepare`, with the use case's files at hand.",
            )
        )
    return columns.index(name)


def _ask(predictor: Predictor, body: str, media_type: str, name: str, first: int) -> list[str]:
    try:
        answer = predictor.predict(Request(body.encode(), media_type))
    except RefusedRequestError as error:
        problems = [
            Problem(
                f"column {bad.column!r}: {bad.what}" if bad.column else bad.what,
                f"{name}:{first + bad.row - 1}",
            )
            for bad in error.rows
        ]
        raise DataError(problems or list(error.problems)) from None
    return answer.body.decode().splitlines()


def _as_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

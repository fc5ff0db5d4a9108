"""Scores as a body: one line, value or row of a table for each row asked."""

import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from components.serving.media_types import MEDIA_TYPES
from components.serving.schema import Schema
from penstock.contract.serving import Answer

Floats = npt.NDArray[np.float64]


def answer(scores: Floats, schema: Schema, media_type: str) -> Answer:
    """Write scores, shape (n_rows,) or (n_rows, n_classes), in a media type.

    Texts hold the shortest decimal that reads back as the same number. CSV: one column a class.
    JSON: `{"predictions": [...]}`, JSON Lines: `{"score": ...}` a line; with several classes a list
    of their probabilities stands for the score, under `scores` in JSON Lines.
    """
    form = MEDIA_TYPES[media_type]
    if form == "json":
        text = json.dumps({"predictions": _values(scores)}, allow_nan=False)
        return Answer(text.encode(), media_type)
    if form == "jsonlines":
        name = "scores" if schema.classes else "score"
        lines = (json.dumps({name: value}, allow_nan=False) + "\n" for value in _values(scores))
        return Answer("".join(lines).encode(), media_type)
    table = score_table(scores, schema)
    stream = io.BytesIO()
    if form == "csv":
        from pyarrow import csv

        csv.write_csv(table, stream, csv.WriteOptions(include_header=False))
    elif form == "arrow":
        import pyarrow as pa

        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
    else:
        import pyarrow.parquet as pq

        pq.write_table(table, stream)
    return Answer(stream.getvalue(), media_type)


def score_table(scores: Floats, schema: Schema) -> Any:
    """Return the scores as an Arrow table: `score`, or a column a class."""
    import pyarrow as pa

    columns = scores.reshape(len(scores), len(schema.scores))
    return pa.table({name: columns[:, index] for index, name in enumerate(schema.scores)})


def _values(scores: Floats) -> list[Any]:
    """Return the scores as JSON has them: null stands for NaN."""
    values: list[Any] = scores.tolist()
    if np.isfinite(scores).all():
        return values
    return [
        [_value(member) for member in value] if isinstance(value, list) else _value(value)
        for value in values
    ]


def _value(number: float) -> float | None:
    return number if np.isfinite(number) else None

"""The answers of the native Transform step, read back as scores."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from penstock.errors import DataError, Problem

ENDING = ".out"
_JOINED = "SageMakerOutput"


def read_answers(folder: Path, width: int, *, form: str) -> npt.NDArray[np.float64]:
    """Return the scores of all `.out` files, in the order of their names.

    Args:
        folder: As a transform left it; or one such file.
        width: Scores a line: 1, or the number of classes.
        form: `csv`: the last columns are the scores. `jsonlines`: the key `score` or `scores`, at
            the top or below `SageMakerOutput`.

    Returns:
        Shape (n_lines,), or (n_lines, width) where width is over 1. NaN for a missing score.

    Raises:
        DataError: There is no such file, or a line holds no scores; file and line are named.
    """
    files = [folder] if folder.is_file() else sorted(folder.rglob(f"*{ENDING}"))
    if not files:
        raise DataError(
            Problem("the transform left no answers.", str(folder), "See the log of its step.")
        )
    read = _read_csv if form == "csv" else _read_json_lines
    parts = [read(file, width) for file in files]
    whole = np.concatenate(parts) if parts else np.empty((0, width))
    return whole[:, 0] if width == 1 else whole


def _read_csv(file: Path, width: int) -> npt.NDArray[np.float64]:
    import pyarrow as pa
    from pyarrow import csv

    if file.stat().st_size == 0:
        return np.empty((0, width))
    try:
        table = csv.read_csv(
            file,
            csv.ReadOptions(autogenerate_column_names=True),
            csv.ParseOptions(newlines_in_values=False),
            csv.ConvertOptions(null_values=["", "nan", "NaN"], strings_can_be_null=True),
        )
        if table.num_columns < width:
            raise pa.ArrowInvalid(f"it has {table.num_columns} columns, not {width} scores")
        last = table.columns[-width:]
        columns = [column.cast(pa.float64()).to_numpy(zero_copy_only=False) for column in last]
    except pa.ArrowInvalid as error:
        raise DataError(
            Problem(f"the answers cannot be read: {error}.", str(file), "See the model's server.")
        ) from error
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def _read_json_lines(file: Path, width: int) -> npt.NDArray[np.float64]:
    return np.array(list(_json_scores(file, width)), dtype=np.float64).reshape(-1, width)


def _json_scores(file: Path, width: int) -> Iterator[Sequence[float]]:
    with file.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                answer = json.loads(line)
                answer = answer.get(_JOINED, answer)
                given = answer["score"] if width == 1 else answer["scores"]
                scores = given if isinstance(given, list) else [given]
                values = [float("nan") if each is None else float(each) for each in scores]
            except (ValueError, KeyError, TypeError, AttributeError):
                values = []
            if len(values) != width:
                what = f"the line holds no {'score' if width == 1 else f'{width} scores'}."
                raise DataError(Problem(what, f"{file}:{number}", "See the model's server."))
            yield values

"""The answers of the native Transform step, read back as scores."""

import json
from collections.abc import Iterator, Mapping, Sequence
from csv import reader
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from penstock.errors import DataError, Problem

ENDING = ".out"
_JOINED = "SageMakerOutput"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a transform answered.

    Attributes:
        scores: Shape (n_lines,), or (n_lines, n_classes) with several classes; NaN for a missing
            score.
        lines: Number of lines by the name of their file, in the order of the scores.
    """

    scores: npt.NDArray[np.float64]
    lines: Mapping[str, int]


def read_answers(folder: Path, width: int, *, form: str) -> Answers:
    """Return the scores of all `.out` files, in the order of their names.

    Args:
        folder: As a transform left it; or one such file.
        width: Scores a line: 1, or the number of classes.
        form: `csv`: the last columns are the scores. `jsonlines`: the key `score` or `scores`, at
            the top or below `SageMakerOutput`.

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
    whole = np.concatenate(parts)
    lines = {file.name: len(part) for file, part in zip(files, parts, strict=True)}
    return Answers(whole[:, 0] if width == 1 else whole, lines)


def _read_csv(file: Path, width: int) -> npt.NDArray[np.float64]:
    import pyarrow as pa
    from pyarrow import csv

    with file.open(encoding="utf-8", newline="") as stream:
        columns = len(next(reader(stream), ()))
    if not columns:
        return np.empty((0, width))
    names = [f"f{index}" for index in range(columns)]
    try:
        if columns < width:
            raise pa.ArrowInvalid(f"it has {columns} columns, not {width} scores")
        table = csv.read_csv(
            file,
            csv.ReadOptions(column_names=names),
            csv.ParseOptions(newlines_in_values=False),
            csv.ConvertOptions(
                include_columns=names[-width:],
                column_types=dict.fromkeys(names[-width:], pa.float64()),
                null_values=["", "nan", "NaN"],
            ),
        )
    except pa.ArrowInvalid as error:
        said = str(error).rstrip(".").splitlines()[0]
        raise DataError(
            Problem(f"the answers cannot be read: {said}.", str(file), "See the model's server.")
        ) from error
    return np.column_stack([column.to_numpy() for column in table.columns])


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

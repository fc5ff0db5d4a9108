"""Answers of a transform and the rows they belong to, as predictions."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.scoring.answers import Answers, read_answers
from components.scoring.predictions import PredictionForm
from components.scoring.schema import check_schema
from components.scoring.streaming import empty_batch, open_rows, read_batches
from components.scoring.writing import write_batches
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa


def collect(rows: Path, answers: Path, target: Path, scorer: Any, form: PredictionForm) -> int:
    """Write predictions out of rows and their answers; return the rows.

    Raises:
        DataError: There are more or fewer answers than rows, or a line cannot be read.
        WorkError: The disk is full.
    """
    width = len(form.classes) if form.use_case.task == "multiclass" else 1
    found = read_answers(answers, width, form=form.use_case.inference.form)
    with open_rows(rows) as parquet:
        schema, count = parquet.schema_arrow, parquet.metadata.num_rows
        check_schema(schema, scorer, form, rows)
        if len(found.scores) != count:
            raise _other_number(found, count, answers)
        wanted = [*form.carried(schema.names), *scorer.needed_columns]
        wanted = list(dict.fromkeys(wanted))
        none = empty_batch(parquet, wanted)
        told = form.batch(none, scorer.details_of(none, found.scores[:0]), None)
        batches = _batches(read_batches(parquet, rows, wanted), found.scores, scorer, form)
        return write_batches(batches, told.schema, target)


def _other_number(found: Answers, count: int, place: Path) -> DataError:
    what = f"the transform gave {len(found.scores):,} answers to {count:,} rows"
    if len(found.lines) > 1:
        what += f" ({', '.join(f'{name}: {lines:,}' for name, lines in found.lines.items())})"
    return DataError(Problem(f"{what}.", str(place), "See the log of its step; run it again."))


def _batches(
    batches: Iterator["pa.RecordBatch"],
    scores: npt.NDArray[np.float64],
    scorer: Any,
    form: PredictionForm,
) -> Iterator["pa.RecordBatch"]:
    start = 0
    for batch in batches:
        part = scores[start : start + batch.num_rows]
        start += batch.num_rows
        yield form.batch(batch, scorer.details_of(batch, part), None)

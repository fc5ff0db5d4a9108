"""Answers of a transform and the rows they belong to, as predictions."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.scoring.answers import read_answers
from components.scoring.predictions import PredictionForm
from components.scoring.streaming import (
    ROWS_AT_A_TIME,
    check_schema,
    score_batch,
    write_batches,
)
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa


def collect(rows: Path, answers: Path, target: Path, scorer: Any, form: PredictionForm) -> int:
    """Write predictions out of rows and their answers; return the rows.

    Raises:
        DataError: There are more or fewer answers than rows, or a line cannot be read.
        WorkError: The disk is full.
    """
    import pyarrow.parquet as pq

    width = len(form.classes) if form.use_case.task == "multiclass" else 1
    scores = read_answers(answers, width, form=form.use_case.inference.form)
    with pq.ParquetFile(rows, pre_buffer=False) as parquet:
        schema, count = parquet.schema_arrow, parquet.metadata.num_rows
        check_schema(schema, scorer, form)
        if len(scores) != count:
            raise DataError(
                Problem(
                    f"the transform gave {len(scores):,} answers to {count:,} rows.",
                    str(answers),
                    "See the log of its step; run it again.",
                )
            )
        none = score_batch(schema.empty_table(), scorer, form)
        return write_batches(_batches(parquet, scores, scorer, form), none.schema, target)


def _batches(
    parquet: Any, scores: npt.NDArray[np.float64], scorer: Any, form: PredictionForm
) -> Iterator["pa.RecordBatch"]:
    start = 0
    for batch in parquet.iter_batches(ROWS_AT_A_TIME):
        part = scores[start : start + batch.num_rows]
        start += batch.num_rows
        yield form.batch(batch, scorer.details_of(batch, part), None)

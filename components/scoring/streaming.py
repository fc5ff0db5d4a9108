"""Parquet in, Parquet out: scoring with as many threads as processors, in constant memory."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.scoring.predictions import PredictionForm
from penstock.errors import DataError, Problem, WorkError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME = 1 << 16
"""Rows of a batch, and of a row group of the answer: memory does not grow with the file."""


def score_file(
    rows: Path, target: Path, scorer: Any, form: PredictionForm, *, threads: int | None = None
) -> int:
    """Score a Parquet file into another; return its rows.

    The bytes depend on the rows and the model alone, not on the number of threads.

    Args:
        rows: With the carried columns and the model's features.
        target: Is there as a whole or not at all.
        scorer: What `load_model` returned.
        form: How scored rows are told.
        threads: Batches scored at a time; None: one a processor.

    Raises:
        DataError: The rows are of another schema than the model's.
        WorkError: The disk is full or may not be written.
    """
    import pyarrow.parquet as pq

    at_once = threads or len(os.sched_getaffinity(0))
    with pq.ParquetFile(rows, pre_buffer=False) as parquet:
        schema = parquet.schema_arrow
        check_schema(schema, scorer, form)
        needed = [*form.carried(schema.names), *form.use_case.features, *scorer.needed_columns]
        wanted = [each for each in dict.fromkeys(needed) if each in schema.names]
        batches = parquet.iter_batches(ROWS_AT_A_TIME, columns=wanted)
        none = score_batch(schema.empty_table().select(wanted), scorer, form)
        return write_batches(_in_order(batches, scorer, form, at_once), none.schema, target)


def write_batches(batches: Iterator["pa.RecordBatch"], schema: "pa.Schema", target: Path) -> int:
    """Write batches, a row group each, in full or not at all; return the rows.

    Raises:
        WorkError: The disk is full or may not be written.
    """
    import pyarrow.parquet as pq

    aside = target.with_name(f".{target.name}.unfinished")
    count = 0
    try:
        with pq.ParquetWriter(aside, schema, compression="snappy") as writer:
            for batch in batches:
                writer.write_batch(batch, row_group_size=ROWS_AT_A_TIME)
                count += batch.num_rows
        aside.replace(target)
    except OSError as error:
        raise WorkError(
            Problem(
                f"the predictions cannot be written: {error.strerror or error}.",
                str(target),
                "Free disk space.",
            )
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    return count


def score_batch(rows: Any, scorer: Any, form: PredictionForm) -> "pa.RecordBatch":
    """Return the predictions of a batch, or of a table without rows."""
    import pyarrow as pa

    batch = rows
    if isinstance(rows, pa.Table):
        empty = [pa.array([], field.type) for field in rows.schema]
        batch = pa.RecordBatch.from_arrays(empty, schema=rows.schema)
    reasons = form.use_case.inference.reasons
    contributions = scorer.contributions(batch) if reasons and batch.num_rows else None
    return form.batch(batch, scorer.score_details(batch), contributions)


def check_schema(schema: "pa.Schema", scorer: Any, form: PredictionForm) -> None:
    """Refuse rows that the model was not trained for.

    Raises:
        DataError: A column that the model needs is missing or is no number; each is listed.
    """
    which = f"model {form.model_version}" if form.model_version else "the model"
    remedy = "Use a model that was trained with this feature SQL, or train one."
    problems = []
    for name in scorer.needed_columns:
        if name not in schema.names:
            what = f"{which} needs the column {name!r}, which the rows lack."
            problems.append(Problem(what, "rows to score", remedy))
        elif name in form.use_case.features and str(schema.field(name).type) != "double":
            what = f"{which} takes numbers for {name!r}, the rows hold {schema.field(name).type}."
            problems.append(Problem(what, "rows to score", remedy))
    if problems:
        raise DataError(problems)


def _in_order(
    batches: Iterator["pa.RecordBatch"], scorer: Any, form: PredictionForm, at_once: int
) -> Iterator["pa.RecordBatch"]:
    """Yield scored batches in the order of the file; few are in memory at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[pa.RecordBatch]] = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(score_batch, batch, scorer, form))
                if len(waiting) > at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()

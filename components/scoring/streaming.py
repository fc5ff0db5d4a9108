"""Parquet in, Parquet out: scoring with as many threads as processors, in constant memory."""

import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.decisions.reasons import Contributions
from components.scoring.predictions import PredictionForm
from components.scoring.schema import check_schema
from components.scoring.writing import write_batches
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME = 1 << 16
"""Rows of a batch: memory does not grow with the file; the benchmark was measured with it."""


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
        DataError: The rows cannot be read, or are of another schema than the model's.
        WorkError: The disk is full or may not be written.
    """
    at_once = threads or len(os.sched_getaffinity(0))
    with open_rows(rows) as parquet:
        schema = parquet.schema_arrow
        check_schema(schema, scorer, form, rows)
        needed = [*form.carried(schema.names), *scorer.needed_columns]
        wanted = list(dict.fromkeys(needed))
        none = score_batch(empty_batch(parquet, wanted), scorer, form)
        scored = _in_order(read_batches(parquet, rows, wanted), scorer, form, at_once)
        return write_batches(scored, none.schema, target)


def open_rows(rows: Path) -> Any:
    """Open a Parquet file to be read in batches.

    Raises:
        DataError: It is missing, half written or no Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # With pre_buffer the whole file would stay in memory.
        return pq.ParquetFile(rows, pre_buffer=False)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(rows, error) from error


def read_batches(
    parquet: Any, rows: Path, columns: list[str] | None = None
) -> Iterator["pa.RecordBatch"]:
    """Yield the batches of an open file.

    Raises:
        DataError: The file is damaged.
    """
    import pyarrow as pa

    try:
        # One thread: the others score meanwhile.
        yield from parquet.iter_batches(ROWS_AT_A_TIME, columns=columns, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(rows, error) from error


def empty_batch(parquet: Any, columns: list[str]) -> "pa.RecordBatch":
    """Return a batch of an open file's columns without rows."""
    import pyarrow as pa

    schema = parquet.schema_arrow
    fields = [schema.field(each) for each in columns]
    return pa.RecordBatch.from_arrays(
        [pa.array([], field.type) for field in fields], schema=pa.schema(fields)
    )


def score_batch(batch: "pa.RecordBatch", scorer: Any, form: PredictionForm) -> "pa.RecordBatch":
    """Return the predictions of a batch."""
    contributions = None
    if form.use_case.inference.reasons and batch.num_rows:
        values = scorer.contributions(batch)
        if values is not None:
            contributions = Contributions(scorer.manifest.feature_names, values)
    return form.batch(batch, scorer.score_details(batch), contributions)


def _in_order(
    batches: Iterator["pa.RecordBatch"], scorer: Any, form: PredictionForm, at_once: int
) -> Iterator["pa.RecordBatch"]:
    """Yield scored batches in the order of the file; few are in memory at a time."""
    with ThreadPoolExecutor(at_once, initializer=_one_thread) as pool:
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


def _one_thread() -> None:
    """Keep XGBoost from starting threads of its own beside these; the setting is a thread's own."""
    if "xgboost" in sys.modules:
        sys.modules["xgboost"].set_config(nthread=1)


def _unreadable(rows: Path, error: Exception) -> DataError:
    said = str(error).rstrip(".").splitlines()[0] if str(error) else type(error).__name__
    return DataError(
        Problem(f"the rows cannot be read: {said}.", str(rows), "Run the step before this again.")
    )

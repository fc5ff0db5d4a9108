"""Predictions as Parquet, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import Problem, WorkError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME = 1 << 16
"""Rows of a batch, and of a row group of the answer: memory does not grow with the file."""


def write_batches(batches: Iterator["pa.RecordBatch"], schema: "pa.Schema", target: Path) -> int:
    """Write batches, a row group each, in full or not at all; return the rows.

    Raises:
        WorkError: The disk is full or may not be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Numbers seldom repeat here; looking for repetitions would cost a third of the writing.
    repeating = [field.name for field in schema if pa.types.is_string(field.type)]
    aside = target.with_name(f".{target.name}.unfinished")
    count = 0
    try:
        with pq.ParquetWriter(
            aside, schema, compression="snappy", use_dictionary=repeating
        ) as writer:
            for batch in batches:
                writer.write_batch(batch, row_group_size=ROWS_AT_A_TIME)
                count += batch.num_rows
        aside.replace(target)
    except OSError as error:
        what = f"the predictions cannot be written: {error.strerror or error}."
        raise WorkError(
            Problem(what, str(target), "Free disk space, then run it again.")
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    return count

"""Predictions as Parquet, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import Problem, WorkError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_GROUP = 1 << 16
"""Rows of a row group: memory does not grow with the file."""


def write_batches(batches: Iterator["pa.RecordBatch"], schema: "pa.Schema", target: Path) -> int:
    """Write batches in full or not at all; return the rows.

    Args:
        batches: In order; row groups are filled with them, whatever their sizes.
        schema: Theirs.
        target: Is there as a whole or not at all.

    Raises:
        WorkError: The disk is full or may not be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Numbers seldom repeat here; looking for repetitions would cost a third of the writing.
    repeating: Any = [field.name for field in schema if pa.types.is_string(field.type)]
    aside = target.with_name(f".{target.name}.unfinished")
    count = 0
    try:
        with pq.ParquetWriter(
            aside, schema, compression="snappy", use_dictionary=repeating
        ) as writer:
            for group in _groups(batches):
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
                count += group.num_rows
        aside.replace(target)
    except OSError as error:
        what = f"the predictions cannot be written: {error.strerror or error}."
        raise WorkError(
            Problem(what, str(target), "Free disk space, then run it again.")
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    return count


def _groups(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.Table"]:
    """Yield tables of as many rows as a row group has; the last one holds what is left."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        while rows >= ROWS_PER_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROWS_PER_GROUP)
            waiting = table.slice(ROWS_PER_GROUP).to_batches()
            rows -= ROWS_PER_GROUP
    if rows:
        yield pa.Table.from_batches(waiting)

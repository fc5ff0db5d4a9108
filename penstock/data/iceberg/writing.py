"""Writes the data files of a table, in bounded memory; nothing sees them before a commit."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.iceberg.columns import table_columns
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

_CHUNK_BYTES = 128 << 20
"""Rows held in memory, and in one data file, as Arrow."""
_BATCH_ROWS = 65_536


def parquet_batches(files: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of Parquet files in their order."""
    import pyarrow.parquet as pq

    for file in files:
        with pq.ParquetFile(file) as parquet:
            yield from parquet.iter_batches(_BATCH_ROWS)


def parquet_schema(files: Sequence[Path]) -> pa.Schema:
    """Return the columns of Parquet files.

    Raises:
        DataError: A file is no Parquet, or not a whole one, or the files differ in their columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schemas: list[pa.Schema] = []
    for file in files:
        try:
            schemas.append(pq.read_schema(file).remove_metadata())
            pa.unify_schemas(schemas, promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            what = f"the rows cannot be read as Parquet: {str(error).splitlines()[0]}"
            raise DataError(Problem(what, str(file), "Write the file again.")) from error
    return pa.unify_schemas(schemas, promote_options="permissive")


def write_data_files(
    table: Table,
    batches: Iterable[pa.RecordBatch],
    complete: Callable[[pa.Table], pa.Table] = lambda chunk: chunk,
) -> list[DataFile]:
    """Write rows as data files below a table's location.

    Args:
        table: The table, whose columns the rows fit.
        batches: The rows.
        complete: Adds columns to a chunk of them.

    Returns:
        The files, for a commit. What a failure leaves half done is taken away again.
    """
    from pyiceberg.io.pyarrow import _dataframe_to_data_files

    shape = table_columns(table)
    write, counter = uuid.uuid4(), itertools.count(0)
    written: list[DataFile] = []
    try:
        for chunk in _chunks(batches):
            rows = complete(chunk).select(shape.names).cast(shape)
            written.extend(
                _dataframe_to_data_files(
                    table_metadata=table.metadata,
                    df=rows,
                    io=table.io,
                    write_uuid=write,
                    counter=counter,
                )
            )
    except BaseException:
        discard(table, written)
        raise
    return written


def discard(table: Table, files: Iterable[DataFile]) -> None:
    """Delete data files that were never committed; one that stays does no harm."""
    for file in files:
        with contextlib.suppress(OSError):
            table.io.delete(file.file_path)


def _chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size >= _CHUNK_BYTES:
            yield pa.Table.from_batches(held)
            held, size = [], 0
    if held and sum(len(batch) for batch in held):
        yield pa.Table.from_batches(held)

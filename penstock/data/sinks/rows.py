"""A run's rows with the columns that every sink adds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from penstock.data.sinks.port import DAY_COLUMN, RUN_COLUMN, Publication
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_A_TIME = 1 << 16


def schema_of(publication: Publication) -> pa.Schema:
    """Return the columns as they are published: run, day, then those of the rows.

    Raises:
        DataError: The file cannot be read, or has one of the added columns itself.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = str(publication.rows)
    try:
        own = pq.read_schema(publication.rows)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(
            Problem(f"the rows cannot be read: {error}.", where, "Run the step before again.")
        ) from error
    taken = [name for name in (RUN_COLUMN, DAY_COLUMN) if name in own.names]
    if taken:
        raise DataError(
            [
                Problem(f"the rows have a column {name!r} already.", where, "Rename it.")
                for name in taken
            ]
        )
    added = [pa.field(RUN_COLUMN, pa.string()), pa.field(DAY_COLUMN, pa.date32())]
    return pa.schema([*added, *(pa.field(each.name, each.type) for each in own)])


def batches_of(publication: Publication) -> Iterator[pa.RecordBatch]:
    """Yield the rows as they are published, in their order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = schema_of(publication)
    with pq.ParquetFile(publication.rows) as file:
        for batch in file.iter_batches(_ROWS_AT_A_TIME):
            added = [
                pa.array([publication.run] * batch.num_rows, pa.string()),
                pa.array([publication.day] * batch.num_rows, pa.date32()),
            ]
            yield pa.RecordBatch.from_arrays([*added, *batch.columns], schema=schema)

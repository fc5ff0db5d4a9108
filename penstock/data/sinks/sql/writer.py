"""Publishes decisions into a table of a relational database."""

# ruff: noqa: S608  # names are quoted

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.data.database.names import qualified, quote
from penstock.data.database.opening import connected, shown
from penstock.data.database.writing import ensure_table, insert
from penstock.data.sinks.port import DAY_COLUMN, RUN_COLUMN, Publication, Published
from penstock.data.sinks.rows import batches_of, schema_of

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy.engine import Connection

PLACE_COLUMN = "row_number"
"""Added column: the place of a row in its run, from 0."""


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table: `postgresql://user@host/database#schema.table`, `sqlite:////file#table`."""

    address: Address

    def publish(self, publication: Publication) -> Published:
        """Write the rows of a run in one transaction; see `Sink`."""
        import pyarrow as pa

        where, table = shown(self.address), self.address.table
        schema = schema_of(publication).append(pa.field(PLACE_COLUMN, pa.int64()))
        with connected(self.address, writing=True) as database:
            ensure_table(database, table, schema, where, indices=(RUN_COLUMN, DAY_COLUMN))
            _delete(database, table, publication.run)
            rows = insert(database, table, _numbered(publication, schema))
        return Published(where, rows)

    def read(self, *, first_day: date | None = None, last_day: date | None = None) -> pa.Table:
        """Return the published rows of these days; see `Sink`."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        if self.address.scheme == "sqlite" and not Path(self.address.place).is_file():
            return pa.table({})
        with connected(self.address) as database, tempfile.TemporaryDirectory() as folder:
            columns = _columns(database, self.address.table)
            if not columns:
                return pa.table({})
            from penstock.data.sources.table import EVERYTHING

            if database.dialect.name == "sqlite":
                from penstock.data.sources.sql.sqlite import stream_rows
            else:
                from penstock.data.sources.sql.postgresql import stream_rows
            file = Path(folder) / "rows.parquet"
            stream_rows(database, self.address.table, columns, EVERYTHING, file)
            found = pq.read_table(file)
        for index, (name, kind) in enumerate(columns.items()):
            type_ = {"date": pa.date32(), "timestamp": pa.timestamp("us")}.get(kind)
            if type_ is not None and found.schema.field(name).type != type_:
                found = found.set_column(index, name, found.column(name).cast(type_))
        days = found.column(DAY_COLUMN)
        if first_day is not None:
            found = found.filter(pc.greater_equal(days, pa.scalar(first_day)))
            days = found.column(DAY_COLUMN)
        if last_day is not None:
            found = found.filter(pc.less_equal(days, pa.scalar(last_day)))
        order = [(name, "ascending") for name in (DAY_COLUMN, RUN_COLUMN, PLACE_COLUMN)]
        return found.sort_by(order).drop_columns([PLACE_COLUMN])


def _delete(database: Connection, table: str, run: str) -> None:
    import sqlalchemy

    statement = f"DELETE FROM {qualified(table)} WHERE {quote(RUN_COLUMN)} = :run"
    database.execute(sqlalchemy.text(statement), {"run": run})


def _numbered(publication: Publication, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    start = 0
    for batch in batches_of(publication):
        places = pa.array(range(start, start + batch.num_rows), pa.int64())
        start += batch.num_rows
        yield pa.RecordBatch.from_arrays([*batch.columns, places], schema=schema)


def _columns(database: Connection, table: str) -> dict[str, str]:
    import sqlalchemy

    from penstock.data.sources.sql.kinds import kind_of_column

    space, _, name = table.rpartition(".")
    inspector = sqlalchemy.inspect(database)
    if not inspector.has_table(name, space or None):
        return {}
    described = inspector.get_columns(name, space or None)
    return {each["name"]: kind_of_column(each["type"]) for each in described}

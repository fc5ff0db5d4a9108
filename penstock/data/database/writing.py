"""Tables made, checked and filled out of Parquet."""

# ruff: noqa: S608  # names are quoted

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from penstock.data.database.names import qualified, quote
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy.engine import Connection

_POSTGRESQL = {
    "bool": "boolean",
    "integer": "bigint",
    "float": "double precision",
    "timestamp": "timestamp",
    "timestamp_tz": "timestamp with time zone",
    "date": "date",
    "string": "text",
}
_SQLITE = {
    "bool": "BOOLEAN",
    "integer": "INTEGER",
    "float": "REAL",
    "timestamp": "TIMESTAMP",
    "timestamp_tz": "TIMESTAMP",
    "date": "DATE",
    "string": "TEXT",
}


def kind_of(type_: pa.DataType) -> str:
    """Return the kind of column that holds values of an Arrow type."""
    import pyarrow as pa

    if pa.types.is_boolean(type_):
        return "bool"
    if pa.types.is_integer(type_):
        return "integer"
    if pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return "float"
    if pa.types.is_timestamp(type_):
        return "timestamp_tz" if type_.tz else "timestamp"
    return "date" if pa.types.is_date(type_) else "string"


def ensure_table(
    database: Connection, table: str, schema: pa.Schema, where: str, *, indices: Iterable[str] = ()
) -> None:
    """Make a table, or hold the one that is there against the columns that are to be written.

    Args:
        database: In a transaction that writes.
        table: With its schema where it has one.
        schema: Of the rows.
        where: The table, for messages.
        indices: Columns that get an index of their own.

    Raises:
        DataError: The table has other columns or types; each is listed.
    """
    import sqlalchemy

    _lock(database, table)
    types = _SQLITE if database.dialect.name == "sqlite" else _POSTGRESQL
    wanted = {field.name: types[kind_of(field.type)] for field in schema}
    space, _, name = table.rpartition(".")
    inspector = sqlalchemy.inspect(database)
    if inspector.has_table(name, space or None):
        there = {
            each["name"]: _family(str(each["type"]))
            for each in inspector.get_columns(name, space or None)
        }
        _check_columns(wanted, there, where)
        return
    columns = ", ".join(f"{quote(column)} {kind}" for column, kind in wanted.items())
    database.exec_driver_sql(f"CREATE TABLE {qualified(table)} ({columns})")
    for column in indices:
        index = quote(f"{name}_{column}")
        database.exec_driver_sql(f"CREATE INDEX {index} ON {qualified(table)} ({quote(column)})")


def insert(database: Connection, table: str, batches: Iterable[pa.RecordBatch]) -> int:
    """Append record batches to a table; return the rows."""
    import pyarrow as pa

    sqlite = database.dialect.name == "sqlite"
    rows = 0
    for batch in batches:
        if batch.num_rows:
            rows += batch.num_rows
            plain = pa.RecordBatch.from_arrays(
                [_plain(column, sqlite=sqlite) for column in batch.columns], batch.schema.names
            )
            (_insert_sqlite if sqlite else _copy)(database, table, plain)
    return rows


def _lock(database: Connection, table: str) -> None:
    """Let one at a time write to a table; SQLite does so by itself."""
    import sqlalchemy

    if database.dialect.name == "postgresql":
        database.execute(
            sqlalchemy.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"penstock {table}"},
        )


def _check_columns(wanted: dict[str, str], there: dict[str, str], where: str) -> None:
    problems = []
    for column, kind in wanted.items():
        if column not in there:
            remedy = f"Add it: ALTER TABLE ... ADD COLUMN {quote(column)} {kind}, or name another."
            problems.append(Problem(f"the table has no column {column!r}.", where, remedy))
        elif there[column] != _family(kind):
            what = f"the column {column!r} is of type {there[column]}, not {_family(kind)}."
            problems.append(Problem(what, where, "Change its type, or name another table."))
    problems += [
        Problem(f"the rows lack the column {column!r}.", where, "Name another table.")
        for column in there
        if column not in wanted
    ]
    if problems:
        raise DataError(problems)


def _family(kind: str) -> str:
    """Return the name under which equal types of both databases fall."""
    text = kind.lower().partition("(")[0].strip()
    for family, words in (
        ("number", ("int", "double", "real", "float", "numeric", "decimal")),
        ("time", ("timestamp", "datetime")),
        ("day", ("date",)),
        ("boolean", ("bool",)),
    ):
        if any(word in text for word in words):
            return family
    return "text"


def _plain(column: pa.Array, *, sqlite: bool) -> pa.Array:
    import pyarrow as pa

    kind = kind_of(column.type)
    if kind in ("timestamp", "timestamp_tz"):
        column = column.cast(pa.timestamp("us", tz=column.type.tz))
    if sqlite and kind in ("timestamp", "timestamp_tz", "date"):
        return column.cast(pa.string())
    return column


def _insert_sqlite(database: Connection, table: str, batch: pa.RecordBatch) -> None:
    cursor: Any = database.connection.driver_connection.cursor()  # type: ignore[union-attr]
    names = ", ".join(map(quote, batch.schema.names))
    places = ", ".join("?" for _ in batch.schema.names)
    rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
    cursor.executemany(f"INSERT INTO {qualified(table)} ({names}) VALUES ({places})", rows)


def _copy(database: Connection, table: str, batch: pa.RecordBatch) -> None:
    from pyarrow import csv

    names = ", ".join(map(quote, batch.schema.names))
    driver: Any = database.connection.driver_connection
    with tempfile.TemporaryFile() as stream:
        csv.write_csv(batch, stream, csv.WriteOptions(include_header=False))
        stream.seek(0)
        driver.cursor().execute(
            f"COPY {qualified(table)} ({names}) FROM STDIN WITH (FORMAT csv)", stream=stream
        )

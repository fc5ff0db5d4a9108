"""Streams rows out of PostgreSQL: COPY as CSV, which is ten times as fast as fetching rows."""

# ruff: noqa: S608  # names are quoted and values are literals

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.data.database.names import qualified, quote
from penstock.data.sources.table import Request
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_BLOCK_BYTES = 4 << 20


def stream_rows(
    database: Connection, table: str, columns: Mapping[str, str], request: Request, file: Path
) -> None:
    """Write the wanted rows and columns to a Parquet file.

    Args:
        database: In a transaction.
        table: With its schema where it has one.
        columns: Kind of each column by name.
        request: Which rows are wanted.
        file: The Parquet file.

    Raises:
        DataError: A value has no equal in Arrow, such as an infinite time.
    """
    selected = ", ".join(map(quote, columns))
    query = f"SELECT {selected} FROM {qualified(table)}{_where(columns, request)}"
    text = file.with_suffix(".csv")
    driver: Any = database.connection.driver_connection
    try:
        with text.open("wb") as stream:
            cursor = driver.cursor()
            cursor.execute(f"COPY ({query}) TO STDOUT WITH (FORMAT csv)", stream=stream)
        with _values_told(columns, f"table {table}"):
            _to_parquet(text, columns, file)
    finally:
        text.unlink(missing_ok=True)


def _where(columns: Mapping[str, str], request: Request) -> str:
    kind = columns.get(request.time_column, "")
    if kind not in ("timestamp", "timestamp_tz", "date"):
        return ""
    zone = "TIMESTAMPTZ" if kind == "timestamp_tz" else "TIMESTAMP"
    time = quote(request.time_column)
    limits = [(">=", request.start), ("<", request.end)]
    parts = [f"{time} {sign} {_literal(zone, limit)}" for sign, limit in limits if limit]
    # A row without a time is for the checks to judge.
    return f" WHERE {time} IS NULL OR ({' AND '.join(parts)})" if parts else ""


def _literal(kind: str, instant: datetime) -> str:
    zone = "+00" if kind == "TIMESTAMPTZ" else ""
    return f"{kind} '{instant.isoformat(sep=' ')}{zone}'"


def _to_parquet(text: Path, columns: Mapping[str, str], file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv

    types = {
        "bool": pa.bool_(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "timestamp": pa.timestamp("us"),
        "timestamp_tz": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "string": pa.string(),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    with pq.ParquetWriter(file, schema) as writer:
        if text.stat().st_size == 0:
            return
        reader = csv.open_csv(
            text,
            csv.ReadOptions(column_names=list(columns), block_size=_BLOCK_BYTES),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        )
        for batch in reader:
            writer.write_batch(batch)


@contextmanager
def _values_told(columns: Mapping[str, str], where: str) -> Iterator[None]:
    """PostgreSQL has infinite times and those before the year 1; Arrow has none."""
    import pyarrow as pa

    try:
        yield
    except pa.ArrowInvalid as error:
        named = ", ".join(columns)
        raise DataError(
            Problem(
                f"a value cannot be taken over: {error}. Columns, from 0: {named}.",
                where,
                "Mend the row, or read a view that leaves it out.",
            )
        ) from error

"""Streams rows out of SQLite, whose values may be of other types than their columns declare."""

# ruff: noqa: S608  # names are quoted and values are literals

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.data.database.names import qualified, quote
from penstock.data.sources.table import Request

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_ROWS_AT_A_TIME = 1 << 16
_MIXED = "mixed"
"""Kind of a column that declares numbers and holds something else as well."""
_NUMBERS = {"int64": {"integer"}, "double": {"integer", "real"}, "bool": {"integer"}}


def stream_rows(
    database: Connection, table: str, columns: Mapping[str, str], request: Request, file: Path
) -> None:
    """Write the wanted rows and columns to a Parquet file.

    A column whose values are all numbers, as it declares, is written as numbers; every other one as
    text, for the checks to judge. Times are text as they stand.

    Args:
        database: In a transaction.
        table: With its schema where it has one.
        columns: Kind of each column by name.
        request: Which rows are wanted.
        file: The Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    place = f"{qualified(table)}{_where(request)}"
    kinds = _kinds(database, place, columns)
    types = {"int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}
    schema = pa.schema([(name, types.get(kind, pa.string())) for name, kind in kinds.items()])
    selected = ", ".join(_selected(name, kind) for name, kind in kinds.items())
    cursor: Any = database.connection.driver_connection.cursor()  # type: ignore[union-attr]
    cursor.execute(f"SELECT {selected} FROM {place}")
    with pq.ParquetWriter(file, schema) as writer:
        while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
            arrays = [  # SQLite's booleans are numbers.
                pa.array(column, pa.int64() if kind == "bool" else field.type).cast(field.type)
                for column, field, kind in zip(
                    zip(*rows, strict=True), schema, kinds.values(), strict=True
                )
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def _where(request: Request) -> str:
    """Return a condition that is at most a day too wide: ISO texts sort by their days."""
    if not request.time_column or (request.start is None and request.end is None):
        return ""
    time, day = quote(request.time_column), timedelta(days=1)
    parts = []
    if request.start is not None:
        parts.append(f"{time} >= '{(request.start - day).date().isoformat()}'")
    if request.end is not None:
        parts.append(f"{time} < '{(request.end + 2 * day).date().isoformat()}'")
    return f" WHERE typeof({time}) <> 'text' OR ({' AND '.join(parts)})"


def _kinds(database: Connection, place: str, columns: Mapping[str, str]) -> dict[str, str]:
    """Return each column's kind by what it declares and what it holds."""
    declared = [name for name, kind in columns.items() if kind in _NUMBERS]
    found: dict[str, set[str]] = {name: set() for name in declared}
    if declared:
        listed = ", ".join(f"group_concat(DISTINCT typeof({quote(name)}))" for name in declared)
        row = database.exec_driver_sql(f"SELECT {listed} FROM {place}").one()
        for name, held in zip(declared, row, strict=True):
            found[name] = set((held or "").split(",")) - {"null", ""}
    kinds = {}
    for name, kind in columns.items():
        if kind not in _NUMBERS:
            kinds[name] = "string"
        else:
            kinds[name] = kind if found[name] <= _NUMBERS[kind] else _MIXED
    return kinds


def _selected(name: str, kind: str) -> str:
    if kind == "string":
        return f"CAST({quote(name)} AS TEXT)"
    if kind == _MIXED:  # A cast to text keeps 15 digits; so many read back as the same number.
        text = f"CAST({quote(name)} AS TEXT)"
        exact = f"printf('%!.20g', {quote(name)})"
        return f"CASE typeof({quote(name)}) WHEN 'real' THEN {exact} ELSE {text} END"
    if kind == "bool":
        return f"{quote(name)} <> 0"
    return f"CAST({quote(name)} AS REAL)" if kind == "double" else quote(name)

"""The part of a source that a step needs, under the names that the use case gives its columns."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.features.columns import convertible, typed
from components.features.identifiers import literal, name
from components.features.shape import Shape
from penstock.data.sources import Request, SourceTable, open_source
from penstock.errors import Problem, WorkError


@dataclass(frozen=True, slots=True)
class Part:
    """Which rows are wanted; instants in UTC without a zone.

    Attributes:
        start: From this instant on; None: from the first.
        end: Before this instant; None: to the last.
        history_days: Days of history before an increment; None: all.
    """

    start: datetime | None = None
    end: datetime | None = None
    history_days: int | None = None


ALL = Part()


def read_table(
    connection: Any,
    scratch: Path,
    uri: str,
    shape: Shape,
    *,
    file_format: str = "auto",
    table: str = "",
    part: Part = ALL,
) -> SourceTable:
    """Make a table of a source known to a connection, its columns named as in the use case.

    Args:
        connection: DuckDB connection.
        scratch: Folder for files that are needed while the connection is open.
        uri: Address of the source.
        shape: Declares the columns and their names in the store.
        file_format: Of files.
        table: Name in the store of one of several tables; empty: `uri` names it.
        part: Which rows are wanted. A row whose time cannot be read is, for the checks to judge.

    Raises:
        DataError: There is nothing to read.
        ServiceError: The store refused or could not be reached.
        WorkError: The disk is full.
    """
    stored = {column: shape.stored(column) for column in shape.columns}
    # Stored times that name no zone are those of the use case's zone.
    margin = timedelta(days=0 if shape.time_zone == "UTC" else 1)
    request = Request(
        columns=None if shape.refuses_unknown else tuple(dict.fromkeys(stored.values())),
        time_column=stored.get(shape.time_column, ""),
        start=part.start and part.start - margin,
        end=part.end and part.end + margin,
        history_days=part.history_days,
    )
    folder = scratch / (table.replace("/", "_") or "rows")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = open_source(uri, file_format=file_format, table=table).attach(
            connection, folder, request
        )
    except OSError as error:
        raise WorkError(
            Problem(
                f"the rows cannot be kept while they are read: {error.strerror or error}.",
                str(error.filename or scratch),
                "Free disk space.",
            )
        ) from error
    return _cut(_named(found, stored), shape, part)


def _cut(table: SourceTable, shape: Shape, part: Part) -> SourceTable:
    """Leave out what a store gave too much, in the use case's zone and to the microsecond."""
    time = shape.time_column
    if time not in table.columns or (part.start is None and part.end is None):
        return table
    if not convertible(table.columns[time], "timestamp"):
        return table
    value = typed(time, table.columns[time], shape.columns[time], shape.time_zone)
    limits = [(">=", part.start), ("<", part.end)]
    inside = " AND ".join(f"{value} {sign} {literal(limit)}" for sign, limit in limits if limit)

    def cut(relation: str) -> str:
        return f"(SELECT * FROM {relation} WHERE {value} IS NULL OR ({inside}))"

    history = cut(table.history) if table.history else ""
    return replace(table, relation=cut(table.relation), history=history)


def _named(table: SourceTable, stored: Mapping[str, str]) -> SourceTable:
    if all(here == there for here, there in stored.items()):
        return table
    # One column of the store may be two here; what has no name here keeps its own, if it is free.
    named: dict[str, list[str]] = {each: [] for each in table.columns}
    for here, there in stored.items():
        named.get(there, []).append(here)
    kept = [
        (each, here)
        for each, names in named.items()
        for here in names or ([each] if each not in stored else [])
    ]
    shown = ", ".join(f"{name(each)} AS {name(here)}" for each, here in kept)
    columns = {here: table.columns[each] for each, here in kept}
    relation = f"(SELECT {shown} FROM {table.relation})"
    history = f"(SELECT {shown} FROM {table.history})" if table.history else ""
    return replace(table, relation=relation, columns=columns, history=history)

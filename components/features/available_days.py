"""Which days a source holds, and which one decisions are due on without a date."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from components.features.columns import typed
from components.features.days import ONE_DAY, Days, local_day
from components.features.reading import read_table
from components.features.rows import check_columns
from components.features.shape import Shape, shape_of_rows, shape_of_table
from penstock.data.sources import open_source
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase


def default_day(connection: Any, scratch: Path, use_case: UseCase, uri: str) -> date:
    """Return the day of the newest row; with several tables the day after it.

    Raises:
        DataError: There is no row, or no time.
        ServiceError: The store refused or could not be reached.
    """
    if not use_case.time_column:
        raise DataError(
            Problem("rows without a time have no day.", use_case.name, "Set time_column.")
        )
    found = [
        _newest(connection, scratch, uri, shape, use_case, table)
        for table, shape in _timed(use_case)
    ]
    known = [each for each in found if each is not None]
    if not known:
        raise DataError(Problem("there is no row with a time.", uri, "Give data."))
    day = local_day(max(known), use_case.time_zone)
    return day + ONE_DAY if use_case.tables else day


def available_days(connection: Any, scratch: Path, use_case: UseCase, uri: str) -> Days | None:
    """Return the days from a source's oldest row to its newest; None where there is no row.

    Raises:
        DataError: There is nothing to read.
        ServiceError: The store refused or could not be reached.
    """
    found = [
        instant
        for table, shape in _timed(use_case)
        for instant in _first_and_last(connection, scratch, uri, shape, use_case, table)
        if instant is not None
    ]
    days = [local_day(instant, use_case.time_zone) for instant in found]
    return Days(min(days), max(days)) if days else None


def _timed(use_case: UseCase) -> Iterator[tuple[str, Shape]]:
    """Yield the name in the store and the shape of everything that has times."""
    if not use_case.tables:
        yield "", _times_alone(shape_of_rows(use_case, live=True))
    for logical, table in use_case.tables.items():
        if table.time_column:
            shape = shape_of_table(use_case, table, f"{logical} newest")
            yield table.table or logical, _times_alone(shape)


def _times_alone(shape: Shape) -> Shape:
    time = shape.time_column
    return replace(shape, columns={time: shape.columns[time]}, key=(), refuses_unknown=False)


def _newest(
    connection: Any, scratch: Path, uri: str, shape: Shape, use_case: UseCase, table: str
) -> datetime | None:
    source = open_source(uri, file_format=use_case.source.format, table=table)
    ask: Callable[[str], datetime | None] | None = getattr(source, "newest", None)
    if ask is not None and shape.time_zone == "UTC":
        return ask(shape.stored(shape.time_column))
    return _first_and_last(connection, scratch, uri, shape, use_case, table)[1]


def _first_and_last(
    connection: Any, scratch: Path, uri: str, shape: Shape, use_case: UseCase, table: str
) -> tuple[datetime | None, datetime | None]:
    time, kind = shape.time_column, use_case.source.format
    rows = read_table(connection, scratch / "times", uri, shape, file_format=kind, table=table)
    check_columns(rows, shape, f"{uri} ({table})" if table else uri)
    value = typed(time, rows.columns[time], shape.columns[time], shape.time_zone)
    first, last = connection.execute(
        f"SELECT min({value}), max({value}) FROM {rows.relation}"
    ).fetchone()
    return first, last

"""The rows that one day's decisions are due for, with their features and without a look ahead."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from components.features.computing import Period, carried_columns, compute_features
from components.features.days import ONE_DAY, Days, day_start, local_day
from components.features.identifiers import name, names
from components.features.loading import (
    Loaded,
    Read,
    load_single,
    load_tables,
    make_rows,
)
from components.features.reading import Part, newest_time, read_table
from components.features.rows import CheckedRows
from components.features.segments import listed_segments
from components.features.shape import GOOD_ROWS, shape_of_rows, shape_of_table
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase

DATA_AGE = "data_age_hours"
"""Added column: hours from the entity's newest row to the decision; NULL where it has none."""


@dataclass(frozen=True, slots=True)
class Due:
    """The rows due, in the table `featured`.

    Attributes:
        loaded: What was read.
        made: What rows.sql made of it, where there are several tables.
        select: Query of the rows due: carried columns, features, and `data_age_hours` where it can
            be told; ordered by time and key.
    """

    loaded: Loaded
    made: CheckedRows | None
    select: str


def default_day(connection: Any, scratch: Path, use_case: UseCase, uri: str) -> date:
    """Return the day of the newest row; with several tables the day after it.

    Raises:
        DataError: There is no row, or no time.
    """
    if not use_case.time_column:
        raise DataError(
            Problem("rows without a time have no day.", use_case.name, "Set time_column.")
        )
    zone, kind = use_case.time_zone, use_case.source.format
    if not use_case.tables:
        shape = shape_of_rows(use_case, live=True)
        newest = newest_time(connection, scratch, uri, shape, file_format=kind)
        return local_day(_known(newest, uri), zone)
    found = [
        newest_time(
            connection,
            scratch,
            uri,
            shape_of_table(use_case, table, f"{logical} newest"),
            file_format=kind,
            table=table.table or logical,
        )
        for logical, table in use_case.tables.items()
        if table.time_column
    ]
    newest = max((each for each in found if each is not None), default=None)
    return local_day(_known(newest, uri), zone) + ONE_DAY


def find_due(
    connection: Any,
    scratch: Path,
    use_case: UseCase,
    uri: str,
    day: date,
    *,
    read: Read = read_table,
) -> Due:
    """Compute the features of the rows due on a day; see `Due`.

    Raises:
        UseCaseError: The SQL is wrong.
        DataError: The rows cannot be used, or none is due.
    """
    if use_case.tables:
        return _due_of_tables(connection, scratch, use_case, uri, day, read=read)
    return _due_of_rows(connection, scratch, use_case, uri, day)


def _due_of_rows(connection: Any, scratch: Path, use_case: UseCase, uri: str, day: date) -> Due:
    start, end = Days(day, day).bounds(use_case.time_zone)
    earliest = _earliest(use_case, start)
    part = Part(start=earliest, end=end)
    try:
        loaded = load_single(connection, scratch, use_case, uri, live=True, part=part)
    except DataError as error:
        raise _without_rows(error, connection, scratch, use_case, uri, day) from error
    period = Period(start, end)
    compute_features(connection, use_case, seen=None, kept=[period], with_target=False)
    if connection.execute("SELECT count(*) FROM featured").fetchone()[0] == 0:
        newest = connection.execute(
            f"SELECT max({name(use_case.time_column)}) FROM {GOOD_ROWS}"
        ).fetchone()[0]
        raise _none_due(use_case, uri, day, newest)
    return Due(loaded, None, _select(use_case, ""))


def _due_of_tables(
    connection: Any, scratch: Path, use_case: UseCase, uri: str, day: date, *, read: Read
) -> Due:
    moment = day_start(day, use_case.time_zone)
    part = Part(start=_earliest(use_case, moment), end=moment)
    loaded = load_tables(connection, scratch, use_case, uri, part=part, moment=moment, read=read)
    timed = [logical for logical, table in use_case.tables.items() if table.time_column]
    counted = " + ".join(f"(SELECT count(*) FROM {name(logical)})" for logical in timed)
    if timed and connection.execute(f"SELECT {counted}").fetchone()[0] == 0:
        since = f" since {part.start}" if part.start else ""
        raise DataError(
            Problem(
                f"nothing happened before {day}{since}: {', '.join(timed)} hold no row of it.",
                uri,
                "Give another day, or see why no data arrive.",
            )
        )
    made = make_rows(connection, use_case, Days(day, day), live=True)
    compute_features(connection, use_case, seen=None, kept=[], with_target=False)
    if connection.execute("SELECT count(*) FROM featured").fetchone()[0] == 0:
        what = f"rows.sql answers no row for {day}."
        raise DataError(Problem(what, f"{use_case.name}/rows.sql", "See its joins and filters."))
    return Due(loaded, made, _select(use_case, _newest_of_entities(use_case, timed)))


def _earliest(use_case: UseCase, moment: datetime) -> datetime | None:
    if use_case.history_days is None:
        return None
    return moment - timedelta(days=use_case.history_days)


def _newest_of_entities(use_case: UseCase, timed: list[str]) -> str:
    """Return the query (entity, newest) of the tables that tell the entity; empty without."""
    if not use_case.entity:
        return ""
    entity = name(use_case.entity)
    parts = [
        f"SELECT {entity} AS entity, {name(use_case.tables[logical].time_column)} AS happened "
        f"FROM {name(logical)}"
        for logical in timed
        if use_case.entity in use_case.tables[logical].columns
    ]
    if not parts:
        return ""
    return f"SELECT entity, max(happened) AS newest FROM ({' UNION ALL '.join(parts)}) GROUP BY 1"


def _select(use_case: UseCase, newest: str) -> str:
    shown = names([*carried_columns(use_case, with_target=False), *use_case.features])
    listed = listed_segments(use_case)
    where = f" WHERE {listed}" if listed else ""
    order = names([use_case.time_column, *use_case.key])
    if not newest:
        return f"SELECT {shown} FROM featured{where} ORDER BY {order}"
    age = f"(epoch_us({name(use_case.time_column)}) - epoch_us(newest)) / 3600000000.0"
    joined = f"featured LEFT JOIN ({newest}) ON entity = {name(use_case.entity)}"
    return f"SELECT {shown}, {age} AS {DATA_AGE} FROM {joined}{where} ORDER BY {order}"


def _known(newest: datetime | None, uri: str) -> datetime:
    if newest is None:
        raise DataError(Problem("there is no row with a time.", uri, "Give data."))
    return newest


def _without_rows(
    error: DataError, connection: Any, scratch: Path, use_case: UseCase, uri: str, day: date
) -> DataError:
    """Say which days there are, where the error is that no row was read."""
    if len(error.problems) != 1 or error.problems[0].what != "the source holds no row.":
        return error
    shape = shape_of_rows(use_case, live=True)
    newest = newest_time(connection, scratch, uri, shape, file_format=use_case.source.format)
    return _none_due(use_case, uri, day, newest)


def _none_due(use_case: UseCase, uri: str, day: date, newest: datetime | None) -> DataError:
    known = "there is no other row either."
    if newest is not None:
        known = f"the newest row is of {local_day(newest, use_case.time_zone)}."
    return DataError(
        Problem(
            f"no row is of {day}, so nothing is due; {known}",
            uri,
            "Give another day, or append a batch (pipeline data new-batch).",
        )
    )

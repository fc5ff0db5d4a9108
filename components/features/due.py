"""The rows that one day's decisions are due for, with their features and without a look ahead."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from components.features.available_days import available_days
from components.features.computing import Period, carried_columns, compute_features
from components.features.days import Days, day_start
from components.features.identifiers import name, names
from components.features.loading import (
    Loaded,
    Read,
    load_single,
    load_tables,
    make_rows,
)
from components.features.reading import Part, read_table
from components.features.rows import CheckedRows
from components.features.segments import listed_segments
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase

DATA_AGE = "data_age_hours"
"""Added column: hours from the entity's newest row to the decision; NULL where it has none."""
_ANOTHER_DAY = "Give another day, or append a batch (pipeline data new-batch)."
_MOST_SHOWN = 10


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
    loaded = load_single(connection, scratch, use_case, uri, live=True, part=part)
    period = Period(start, end)
    compute_features(connection, use_case, seen=None, kept=[period], with_target=False)
    if _featured(connection) == 0:
        known = _days_known(connection, scratch, use_case, uri)
        what = f"no row is of {day}, so nothing is due; {known}"
        raise DataError(Problem(what, uri, _ANOTHER_DAY))
    _check_listed(connection, use_case, uri, day)
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
        before = f" in the {use_case.history_days} days" if part.start else ""
        known = _days_known(connection, scratch, use_case, uri)
        what = f"nothing happened{before} before {day}: {', '.join(timed)} hold no row; {known}"
        raise DataError(Problem(what, uri, _ANOTHER_DAY))
    made = make_rows(connection, use_case, Days(day, day), live=True)
    compute_features(connection, use_case, seen=None, kept=[], with_target=False)
    if _featured(connection) == 0:
        what = f"rows.sql answers no good row for {day}."
        raise DataError(Problem(what, f"{use_case.name}/rows.sql", "See its joins and filters."))
    _check_listed(connection, use_case, uri, day)
    return Due(loaded, made, _select(use_case, _newest_of_entities(use_case, timed)))


def _earliest(use_case: UseCase, moment: datetime) -> datetime | None:
    if use_case.history_days is None:
        return None
    return moment - timedelta(days=use_case.history_days)


def _newest_of_entities(use_case: UseCase, timed: list[str]) -> str:
    """Return the query (aged_entity, aged_from) of the tables that tell the entity; else empty."""
    if not use_case.entity:
        return ""
    entity = f"CAST({name(use_case.entity)} AS VARCHAR) AS aged_entity"
    parts = [
        f"SELECT {entity}, {name(use_case.tables[logical].time_column)} AS aged_from "
        f"FROM {name(logical)}"
        for logical in timed
        if use_case.entity in use_case.tables[logical].columns
    ]
    if not parts:
        return ""
    every = " UNION ALL ".join(parts)
    return f"SELECT aged_entity, max(aged_from) AS aged_from FROM ({every}) GROUP BY aged_entity"


def _select(use_case: UseCase, newest: str) -> str:
    shown = names([*carried_columns(use_case, with_target=False), *use_case.features])
    listed = listed_segments(use_case)
    where = f" WHERE {listed}" if listed else ""
    order = names([use_case.time_column, *use_case.key])
    if not newest:
        return f"SELECT {shown} FROM featured{where} ORDER BY {order}"
    age = f"(epoch_us({name(use_case.time_column)}) - epoch_us(aged_from)) / 3600000000.0"
    entity = f"CAST({name(use_case.entity)} AS VARCHAR)"
    joined = f"featured LEFT JOIN ({newest}) ON aged_entity = {entity}"
    return f"SELECT {shown}, {age} AS {DATA_AGE} FROM {joined}{where} ORDER BY {order}"


def _featured(connection: Any, where: str = "") -> int:
    found = connection.execute(f"SELECT count(*) FROM featured{where}").fetchone()
    return int(found[0])


def _days_known(connection: Any, scratch: Path, use_case: UseCase, uri: str) -> str:
    days = available_days(connection, scratch, use_case, uri)
    return f"there are rows of {days}." if days else "there is no other row either."


def _check_listed(connection: Any, use_case: UseCase, uri: str, day: date) -> None:
    """Refuse a day of which no row is of a listed segment."""
    listed = listed_segments(use_case)
    if not listed or _featured(connection, f" WHERE {listed}"):
        return
    column = name(use_case.segment)
    found = connection.execute(
        f"SELECT DISTINCT coalesce(CAST({column} AS VARCHAR), 'none') FROM featured ORDER BY 1"
    ).fetchmany(_MOST_SHOWN + 1)
    shown = [value for (value,) in found[:_MOST_SHOWN]]
    more = ", ..." if len(found) > _MOST_SHOWN else ""
    raise DataError(
        Problem(
            f"the {_featured(connection)} rows of {day} are of no listed segment: their "
            f"{use_case.segment} is {', '.join(shown)}{more}.",
            uri,
            f"List them in the segments of {use_case.name}, or mend the source.",
        )
    )

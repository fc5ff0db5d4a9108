"""Which days of several tables can be decided on with hindsight."""

# ruff: noqa: S608  # names are quoted

from datetime import datetime, timedelta
from typing import Any

from components.features.days import Days, local_day
from components.features.identifiers import name, names
from components.features.shape import GOOD_ROWS
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase


def days_with_labels(connection: Any, use_case: UseCase, where: str) -> Days:
    """Return the days from the first with a whole history to the last whose label is known.

    A decision at the beginning of a day looks back `history_days`, and its label is known
    `label_delay_days` later: the last day is so long before the day of the newest row.

    Args:
        connection: DuckDB connection that knows the tables.
        use_case: With `tables`.
        where: The source, for messages.

    Raises:
        DataError: The tables reach over too few days.
    """
    times = " UNION ALL ".join(
        f"SELECT min({name(table.time_column)}) AS first, max({name(table.time_column)}) AS last "
        f"FROM {name(logical)}"
        for logical, table in use_case.tables.items()
        if table.time_column
    )
    if not times:
        what = "no table has a time column, so there is no day to decide on."
        raise DataError(Problem(what, use_case.name, "Set time_column of a table."))
    first, last = connection.execute(f"SELECT min(first), max(last) FROM ({times})").fetchone()
    if first is None:
        raise DataError(Problem("the tables hold no row.", where, "Give data."))
    zone = use_case.time_zone
    history = timedelta(days=use_case.history_days or 0)
    days = Days(
        local_day(first, zone) + history,
        local_day(last, zone) - timedelta(days=use_case.label_delay_days),
    )
    if not days:
        need = (use_case.history_days or 0) + use_case.label_delay_days + 1
        raise DataError(
            Problem(
                f"the tables reach from {local_day(first, zone)} to {local_day(last, zone)}; "
                f"history and label delay need {need} days at least.",
                where,
                "Give more data.",
            )
        )
    return days


def last_known(connection: Any, use_case: UseCase, usable: str, where: str) -> datetime | None:
    """Return the time of the newest row whose target is known; None where every target must be.

    Days are counted backwards from there: what follows can teach and judge nothing yet.

    Args:
        connection: DuckDB connection with the view `good_rows`.
        use_case: Says whether the target may be unknown.
        usable: View whose keys alone count; empty: all.
        where: The source, for messages.

    Raises:
        DataError: No target is known.
    """
    if not use_case.columns[use_case.target].nullable:
        return None
    key = names(use_case.key)
    among = f" AND ({key}) IN (SELECT ({key}) FROM {name(usable)})" if usable else ""
    newest: datetime | None = connection.execute(
        f"SELECT max({name(use_case.time_column)}) FROM {GOOD_ROWS} "
        f"WHERE {name(use_case.target)} IS NOT NULL{among}"
    ).fetchone()[0]
    if newest is None:
        what = f"no row's {use_case.target} is known."
        raise DataError(Problem(what, where, "Wait for labels, or mend the source."))
    return newest

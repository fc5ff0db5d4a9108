"""Which rows a training may use: all, an increment, or a rolling window."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

import re
from datetime import timedelta
from typing import Any

from components.features.identifiers import literal, name, names
from components.features.loading import ONLY_NEW, Loaded
from penstock.errors import DataError, Problem, RequestError
from penstock.use_case import UseCase
from penstock.use_case.source import Window

_DAYS = re.compile(r"([1-9]\d{0,4})d")


def chosen_window(use_case: UseCase, window: str) -> Window:
    """Return the window that the text asks for; empty: the use case's.

    Raises:
        RequestError: The text is no window, or one that the use case cannot have.
    """
    if not window:
        return use_case.source.window
    days = _DAYS.fullmatch(window)
    if window not in ("all", "incremental") and days is None:
        raise RequestError(
            Problem(
                f"the window {window!r} is unknown.",
                remedy="Use all, incremental, or days such as 28d.",
            )
        )
    if days is None:
        return Window.model_validate({"rows": window})
    if not use_case.time_column:
        raise RequestError(
            Problem("a window of days needs a time column.", use_case.name, "Use all.")
        )
    per = use_case.source.window.per
    return Window(rows="rolling", days=int(days.group(1)), per=per)


def select_rows(
    connection: Any, use_case: UseCase, loaded: Loaded, window: Window, where: str
) -> str:
    """Return the view of the good rows that may be used; empty: all of `good_rows`.

    Raises:
        DataError: An increment holds no row.
    """
    if loaded.is_increment:
        if connection.execute(f"SELECT count(*) FROM {ONLY_NEW}").fetchone()[0] == 0:
            raise DataError(
                Problem(
                    f"nothing was appended since snapshot {loaded.since}.",
                    where,
                    "Append a batch (pipeline data new-batch), or take all rows with --window all.",
                )
            )
        return ONLY_NEW
    if window.rows != "rolling":
        return ""
    time, length = name(use_case.time_column), literal_days(window.days)
    newest = f"max({time}) OVER ()"
    if window.per == "entity":
        newest = f"max({time}) OVER (PARTITION BY {name(use_case.entity)})"
    kept = names(list(dict.fromkeys([*use_case.key, use_case.time_column])))
    connection.execute(
        f"CREATE TEMP VIEW window_rows AS SELECT {kept} FROM good_rows "
        f"QUALIFY {time} > {newest} - {length}"
    )
    return "window_rows"


def literal_days(days: int) -> str:
    """Return an interval of days as SQL."""
    return f"INTERVAL {literal(timedelta(days=days).days)} DAYS"

"""The segments of a use case beside those of its rows."""

# ruff: noqa: S608  # names are quoted and values are literals

from typing import Any

from components.features.identifiers import literal, name
from penstock.errors import DataError
from penstock.use_case import UseCase
from penstock.use_case.segment_file import unknown_segments


def listed_segments(use_case: UseCase) -> str:
    """Return the SQL condition of rows whose segment is listed; empty where none is listed."""
    if use_case.segments is None or not use_case.segment_names:
        return ""
    listed = ", ".join(literal(each) for each in use_case.segment_names)
    return f"CAST({name(use_case.segment)} AS VARCHAR) IN ({listed})"


def check_segments(connection: Any, use_case: UseCase) -> int:
    """Hold the listed segments against the rows of the table `featured`.

    Returns:
        The number of rows of segments that are not listed.

    Raises:
        DataError: A listed segment is no value of the column; each is listed with its near misses.
    """
    condition = listed_segments(use_case)
    if not condition or use_case.segments is None:
        return 0
    values = connection.execute(
        f"SELECT DISTINCT CAST({name(use_case.segment)} AS VARCHAR) FROM featured"
    ).fetchall()
    file = use_case.segments.file
    where = f"{use_case.name}/{file}" if file else f"{use_case.name}: segments.names"
    problems = unknown_segments(
        use_case.segment_names,
        [value for (value,) in values if value is not None],
        column=use_case.segment,
        where=where,
    )
    if problems:
        raise DataError(problems)
    left = connection.execute(
        f"SELECT count(*) FROM featured WHERE NOT coalesce({condition}, FALSE)"
    ).fetchone()
    return int(left[0])

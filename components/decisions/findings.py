"""What a day's predictions say, in the numbers that the page and the summary tell."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from components.features.due import DATA_AGE
from components.features.identifiers import literal, name, names
from components.scoring.predictions import DECISION, MODEL, SCORE
from penstock.use_case import UseCase

MOST_ROWS = 1_000
"""Rows that the page shows, the highest scores first; every row is in the sinks."""

STALE_HOURS = 24.0
"""From this age on the newest data of an entity count as stale."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of decisions, such as a kitchen."""

    name: str
    rows: int
    acting: int


@dataclass(frozen=True, slots=True)
class DayFindings:
    """What there is to tell of one day.

    Attributes:
        day: The day decided for.
        rows: Number of decisions.
        counts: Rows by decision.
        groups: By the use case's group column, most to act on first; empty without one.
        columns: Columns of `shown`.
        shown: The rows with the highest scores, at most `MOST_ROWS`.
        stale: Entities whose newest data are older than `STALE_HOURS`, or lacking; None where
            ages are not known.
        models: Rows by the kind of model that scored them; empty for a single model.
        model_version: For the record.
        unscored: Rows that no model serves.
    """

    day: date
    rows: int
    counts: dict[str, int]
    groups: Sequence[Group]
    columns: Sequence[str]
    shown: Sequence[Sequence[Any]]
    stale: int | None
    models: dict[str, int]
    model_version: str
    unscored: int


def find(predictions: Path, use_case: UseCase, day: date, model_version: str) -> DayFindings:
    """Look at the predictions of a day."""
    import duckdb

    relation = f"read_parquet({literal(str(predictions))})"
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        columns = [row[0] for row in described]
        rows, unscored = connection.execute(
            f"SELECT count(*), count(*) FILTER ({SCORE} IS NULL OR isnan({SCORE})) FROM {relation}"
        ).fetchone() or (0, 0)
        counts = _counts(connection, relation, DECISION)
        stale = None
        if DATA_AGE in columns:
            stale = connection.execute(
                f"SELECT count(*) FILTER ({DATA_AGE} IS NULL OR {DATA_AGE} > {STALE_HOURS}) "
                f"FROM {relation}"
            ).fetchall()[0][0]
        shown_columns = [
            each
            for each in columns
            if each not in use_case.pii_columns and each not in ("model_version",)
        ]
        order = names([SCORE, *use_case.key])
        shown = connection.execute(
            f"SELECT {names(shown_columns)} FROM {relation} "
            f"ORDER BY {order.replace(',', ' DESC NULLS LAST,', 1)} LIMIT {MOST_ROWS}"
        ).fetchall()
        return DayFindings(
            day,
            rows,
            counts,
            _groups(connection, relation, use_case, columns),
            shown_columns,
            shown,
            stale,
            _counts(connection, relation, MODEL),
            model_version,
            unscored,
        )


def _counts(connection: Any, relation: str, column: str) -> dict[str, int]:
    found = connection.execute(
        f"SELECT {name(column)}, count(*) FROM {relation} WHERE {name(column)} <> '' "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return dict(found)


def _groups(
    connection: Any, relation: str, use_case: UseCase, columns: Sequence[str]
) -> list[Group]:
    column = use_case.inference.group or (use_case.segment if use_case.segments else "")
    if column not in columns or column in use_case.pii_columns:
        return []
    acting = literal(use_case.inference.positive_decision)
    found = connection.execute(
        f"SELECT CAST({name(column)} AS VARCHAR), count(*), "
        f"count(*) FILTER ({DECISION} = {acting}) FROM {relation} GROUP BY 1 ORDER BY 3 DESC, 1"
    ).fetchall()
    return [Group(str(each), rows, count) for each, rows, count in found]

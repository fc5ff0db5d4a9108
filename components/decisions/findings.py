"""What a day's predictions say, in the numbers that the page and the summary tell."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from components.decisions.personal import withheld
from components.features.due import DATA_AGE
from components.features.identifiers import literal, name, names
from components.scoring.predictions import DECISION, MODEL, MODEL_VERSION, SCORE
from penstock.use_case import UseCase

MOST_ROWS = 1_000
"""Rows that the page shows, the highest scores first; every row is in the sinks."""

STALE_HOURS = 24.0
"""From this age on the newest data of an entity count as stale."""

OWN = "own"
"""What the column `model` says of a row that its segment's own model scored."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of decisions, such as a kitchen."""

    name: str
    rows: int
    acting: int


@dataclass(frozen=True, slots=True)
class Substitute:
    """A segment that another model than its own of this version has scored."""

    segment: str
    model: str
    rows: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the newest data of the entities are.

    Attributes:
        stale: Rows whose data are older than `STALE_HOURS`, or lacking.
        median_hours: None where no row has data.
    """

    stale: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class DayFindings:
    """What there is to tell of one day.

    Attributes:
        day: The day decided for.
        model_version: For the record.
        rows: Number of decisions.
        entities: Number of entities; None where the use case has none.
        counts: Rows by decision.
        groups: By the use case's group column, most to act on first; empty without one.
        columns: Columns of `shown`.
        shown: The rows with the highest scores, at most `MOST_ROWS`.
        freshness: None where ages are not known.
        newest: Time of the newest row, in UTC without a zone; None without times.
        models: Rows by the kind of model that scored them; empty for a single model.
        substitutes: Segments without a model of their own, most rows first.
        unscored: Rows that no model serves.
        withheld: Columns of personal data, which are neither shown nor published.
    """

    day: date
    model_version: str
    rows: int
    entities: int | None
    counts: dict[str, int]
    groups: Sequence[Group]
    columns: Sequence[str]
    shown: Sequence[Sequence[Any]]
    freshness: Freshness | None
    newest: datetime | None
    models: dict[str, int]
    substitutes: Sequence[Substitute]
    unscored: int
    withheld: Sequence[str]


def find(predictions: Path, use_case: UseCase, day: date, model_version: str) -> DayFindings:
    """Look at the predictions of a day."""
    import duckdb

    with duckdb.connect() as connection:
        relation = f"read_parquet({literal(str(predictions))})"
        described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        look = _Look(connection, relation, use_case, [row[0] for row in described])
        hidden = {*withheld(use_case, look.columns), MODEL_VERSION}
        shown = [each for each in look.columns if each not in hidden]
        return DayFindings(
            day=day,
            model_version=model_version,
            rows=look.number("count(*)"),
            entities=look.entities(),
            counts=look.counts(DECISION),
            groups=look.groups(),
            columns=shown,
            shown=look.strongest(shown),
            freshness=look.freshness(),
            newest=look.newest(),
            models=look.counts(MODEL),
            substitutes=look.substitutes(),
            unscored=look.number(f"count(*) FILTER ({SCORE} IS NULL OR isnan({SCORE}))"),
            withheld=withheld(use_case, look.columns),
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """Predictions under questions."""

    connection: Any
    relation: str
    use_case: UseCase
    columns: Sequence[str]

    def rows_of(self, select: str, rest: str = "") -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.connection.execute(
            f"SELECT {select} FROM {self.relation} {rest}"
        ).fetchall()
        return found

    def number(self, expression: str) -> int:
        return int(self.rows_of(expression)[0][0])

    def counts(self, column: str) -> dict[str, int]:
        rest = f"WHERE {name(column)} <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(self.rows_of(f"{name(column)}, count(*)", rest))

    def entities(self) -> int | None:
        if self.use_case.entity not in self.columns:
            return None
        return self.number(f"count(DISTINCT {name(self.use_case.entity)})")

    def newest(self) -> datetime | None:
        if self.use_case.time_column not in self.columns:
            return None
        found: datetime | None = self.rows_of(f"max({name(self.use_case.time_column)})")[0][0]
        return found

    def freshness(self) -> Freshness | None:
        if DATA_AGE not in self.columns:
            return None
        stale = f"count(*) FILTER ({DATA_AGE} IS NULL OR {DATA_AGE} > {STALE_HOURS})"
        return Freshness(*self.rows_of(f"{stale}, median({DATA_AGE})")[0])

    def groups(self) -> list[Group]:
        column = group_column(self.use_case)
        if column not in self.columns or column in withheld(self.use_case, self.columns):
            return []
        acting = literal(self.use_case.inference.positive_decision)
        found = self.rows_of(
            f"CAST({name(column)} AS VARCHAR), count(*), count(*) FILTER ({DECISION} = {acting})",
            "GROUP BY 1 ORDER BY 3 DESC, 1 NULLS LAST",
        )
        return [
            Group("none" if each is None else str(each), rows, count) for each, rows, count in found
        ]

    def substitutes(self) -> list[Substitute]:
        segment = self.use_case.segment
        if self.use_case.segments is None or segment not in self.columns:
            return []
        if segment in withheld(self.use_case, self.columns):
            return []
        found = self.rows_of(
            f"CAST({name(segment)} AS VARCHAR), {MODEL}, count(*)",
            f"WHERE {MODEL} NOT IN ('', {literal(OWN)}) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        )
        return [
            Substitute("none" if each is None else str(each), model, rows)
            for each, model, rows in found
        ]

    def strongest(self, shown: Sequence[str]) -> list[tuple[Any, ...]]:
        order = ", ".join([f"{SCORE} DESC NULLS LAST", names(self.use_case.key)])
        return self.rows_of(names(shown), f"ORDER BY {order} LIMIT {MOST_ROWS}")


def group_column(use_case: UseCase) -> str:
    """Return the column that decisions are counted by; empty without one."""
    return use_case.inference.group or (use_case.segment if use_case.segments else "")

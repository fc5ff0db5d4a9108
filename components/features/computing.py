"""The use case's feature SQL, run over the good rows."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.features.identifiers import literal, name, names
from components.features.sql_problem import translated
from penstock.errors import Problem, UseCaseError
from penstock.use_case import UseCase


@dataclass(frozen=True, slots=True)
class Period:
    """Instants in UTC without a zone: [start, end)."""

    start: datetime
    end: datetime


def carried_columns(use_case: UseCase, *, with_target: bool = True) -> list[str]:
    """Return the columns that travel with the features.

    Key, time, entity, segment, the group that decisions are counted by, and the target.
    """
    single = [use_case.time_column, use_case.entity, use_case.segment, use_case.inference.group]
    if with_target:
        single.append(use_case.target)
    wanted = [*use_case.key, *(column for column in single if column)]
    return [column for column in dict.fromkeys(wanted) if column not in use_case.features]


def compute_features(
    connection: Any,
    use_case: UseCase,
    *,
    seen: Period | None,
    kept: list[Period],
    among: str = "",
    with_target: bool = True,
) -> None:
    """Create the table `featured`: carried columns as they are, features as DOUBLE.

    Args:
        connection: DuckDB connection with the view `good_rows`.
        use_case: Whose SQL to run.
        seen: Rows that the SQL may look at; None: all.
        kept: Rows of the answer that are kept; empty: all.
        among: View whose keys alone are kept; empty: all.
        with_target: Whether the target travels with the features.

    Raises:
        UseCaseError: The SQL cannot be run, lacks a column in its answer, or does not answer one
            row for each row of `source`.
    """
    seen_rows = f" WHERE {_within(use_case, seen)}" if seen else ""
    connection.execute(f"CREATE TEMP VIEW source AS SELECT * FROM good_rows{seen_rows}")
    where = f"{use_case.name}/features.sql"
    sql = f"SELECT * FROM (\n{use_case.features_sql.rstrip('; ')}\n)"
    with translated(where):
        answered = [row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()]
    carried = carried_columns(use_case, with_target=with_target)
    missing = [each for each in (*carried, *use_case.features) if each not in answered]
    if missing:
        raise UseCaseError(
            [
                Problem(f"the answer lacks the column {each!r}.", where, "Add it to the SELECT.")
                for each in missing
            ]
        )
    features = ", ".join(f"CAST({name(f)} AS DOUBLE) AS {name(f)}" for f in use_case.features)
    conditions = [" OR ".join(f"({_within(use_case, period)})" for period in kept)] if kept else []
    if among:
        key = names(use_case.key)
        conditions = [f"({each})" for each in conditions]
        conditions.append(f"({key}) IN (SELECT ({key}) FROM {name(among)})")
    kept_rows = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    with translated(where):
        connection.execute(
            f"CREATE TEMP TABLE featured AS SELECT {names(carried)}, {features} "
            f"FROM ({sql}){kept_rows}"
        )
    _check_rows_kept(connection, kept_rows, where)


def _within(use_case: UseCase, period: Period) -> str:
    time = name(use_case.time_column)
    return f"{time} >= {literal(period.start)} AND {time} < {literal(period.end)}"


def _check_rows_kept(connection: Any, kept_rows: str, where: str) -> None:
    given = connection.execute(f"SELECT count(*) FROM source{kept_rows}").fetchone()[0]
    answered = connection.execute("SELECT count(*) FROM featured").fetchone()[0]
    if given != answered:
        raise UseCaseError(
            Problem(
                f"the query answers {answered} rows for {given} rows of source.",
                where,
                "Answer exactly one row for each row: no filter, no join that repeats rows.",
            )
        )

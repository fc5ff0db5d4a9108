"""The use case's feature SQL, run over the good rows."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.preprocessing.identifiers import literal, name, names
from penstock.errors import Problem, UseCaseError
from penstock.use_case import UseCase


@dataclass(frozen=True, slots=True)
class Period:
    """Instants in UTC without a zone: [start, end)."""

    start: datetime
    end: datetime


def carried_columns(use_case: UseCase) -> list[str]:
    """Return the columns that travel with the features: key, time, entity, segment, target."""
    single = [use_case.time_column, use_case.entity, use_case.segment, use_case.target]
    wanted = [*use_case.key, *(column for column in single if column)]
    return [column for column in dict.fromkeys(wanted) if column not in use_case.features]


def compute_features(
    connection: Any, use_case: UseCase, *, seen: Period | None, kept: list[Period]
) -> None:
    """Create the table `featured`: carried columns as they are, features as DOUBLE.

    Args:
        connection: DuckDB connection with the view `good_rows`.
        use_case: Whose SQL to run.
        seen: Rows that the SQL may look at; None: all.
        kept: Rows of the answer that are kept; empty: all.

    Raises:
        UseCaseError: The SQL cannot be run, lacks a column in its answer, or does not answer one
            row for each row of `source`.
    """
    import duckdb

    seen_rows = f" WHERE {_within(use_case, seen)}" if seen else ""
    connection.execute(f"CREATE TEMP VIEW source AS SELECT * FROM good_rows{seen_rows}")
    where = f"{use_case.name}/features.sql"
    sql = f"SELECT * FROM (\n{use_case.features_sql.rstrip('; ')}\n)"
    try:
        answered = [row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()]
    except duckdb.Error as error:
        raise UseCaseError(_sql_problem(error, where)) from error
    carried = carried_columns(use_case)
    missing = [each for each in (*carried, *use_case.features) if each not in answered]
    if missing:
        raise UseCaseError(
            [
                Problem(f"the answer lacks the column {each!r}.", where, "Add it to the SELECT.")
                for each in missing
            ]
        )
    features = ", ".join(f"CAST({name(f)} AS DOUBLE) AS {name(f)}" for f in use_case.features)
    periods = " OR ".join(f"({_within(use_case, period)})" for period in kept)
    kept_rows = f" WHERE {periods}" if periods else ""
    try:
        connection.execute(
            f"CREATE TEMP TABLE featured AS SELECT {names(carried)}, {features} "
            f"FROM ({sql}){kept_rows}"
        )
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.BinderException,
            duckdb.OutOfRangeException) as error:  # fmt: skip
        raise UseCaseError(_sql_problem(error, where)) from error
    _check_rows_kept(connection, kept_rows, where)


def _within(use_case: UseCase, period: Period) -> str:
    time = name(use_case.time_column)
    return f"{time} >= {literal(period.start)} AND {time} < {literal(period.end)}"


def _sql_problem(error: Exception, where: str) -> Problem:
    text = str(error)
    line = re.search(r"LINE (\d+):", text)
    place = f"{where}:{int(line.group(1)) - 1}" if line else where
    first = text.splitlines()[0]
    return Problem(f"the query cannot be run: {first}", place, "Mend the SQL.")


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

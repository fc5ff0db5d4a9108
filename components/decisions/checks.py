"""What predictions must be like to be published, and what they are like."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.decisions.findings import group_column
from components.decisions.personal import withheld
from components.features.identifiers import literal, name, names
from components.scoring.predictions import DECISION, MODEL, SCORE
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase

FORMAT = "penstock.predictions/1"
_REMEDY = "Nothing was published; see the model and the data of this run."
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)


def check(predictions: Path, use_case: UseCase, due: int) -> None:
    """Refuse predictions that are not sound.

    Args:
        predictions: A Parquet file.
        use_case: Its key and `inference.checks`.
        due: Rows that decisions are due for.

    Raises:
        DataError: Every broken check is listed.
    """
    with _opened(predictions) as (connection, relation):
        problems = [
            Problem(what, use_case.name, _REMEDY)
            for what in _broken(connection, relation, use_case, due)
        ]
    if problems:
        raise DataError(problems)


def describe(predictions: Path, use_case: UseCase) -> dict[str, Any]:
    """Return the number of rows, the decisions, also by group, and the quantiles of the scores."""
    with _opened(predictions) as (connection, relation):
        rows = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]
        columns = [each[0] for each in connection.execute(f"DESCRIBE FROM {relation}").fetchall()]
        wanted = ", ".join(map(str, _QUANTILES))
        quantiles = connection.execute(
            f"SELECT quantile_cont({SCORE}, [{wanted}]) FROM {relation} WHERE NOT isnan({SCORE})"
        ).fetchone()[0]
        decided = f"FROM {relation} WHERE {DECISION} <> '' GROUP BY ALL ORDER BY ALL"
        decisions = connection.execute(f"SELECT {DECISION}, count(*) {decided}").fetchall()
        group, groups = group_column(use_case), dict[str, dict[str, int]]()
        if group in columns and group not in withheld(use_case, columns):
            text = f"coalesce(CAST({name(group)} AS VARCHAR), 'none')"
            found = connection.execute(f"SELECT {text}, {DECISION}, count(*) {decided}").fetchall()
            for value, decision, count in found:
                groups.setdefault(value, {})[decision] = count
    return {
        "format": FORMAT,
        "use_case": use_case.name,
        "rows": rows,
        "decisions": dict(decisions),
        "groups": groups,
        "score_quantiles": dict(zip(map(str, _QUANTILES), quantiles or [], strict=False)),
    }


def _broken(connection: Any, relation: str, use_case: UseCase, due: int) -> Iterator[str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    types = {row[0]: row[1] for row in described}
    missing = [each for each in (*use_case.key, SCORE, DECISION) if each not in types]
    for each in missing:
        yield f"the predictions lack the column {each!r}."
    rows = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]
    if rows != due:
        yield f"{due:,} decisions are due, but there are {rows:,} predictions."
    for each, wanted in {SCORE: "DOUBLE", DECISION: "VARCHAR"}.items():
        if types.get(each, wanted) != wanted:
            yield f"the column {each!r} is of type {types[each]}, not {wanted}."
    if all(each in types for each in use_case.key):
        yield from _key(connection, relation, use_case, rows)
    if types.get(SCORE) == "DOUBLE":
        yield from _scores(connection, relation, use_case, types)


def _key(connection: Any, relation: str, use_case: UseCase, rows: int) -> Iterator[str]:
    key = names(use_case.key)
    absent = " OR ".join(f"{name(each)} IS NULL" for each in use_case.key)
    without = connection.execute(f"SELECT count(*) FROM {relation} WHERE {absent}").fetchone()[0]
    if without:
        yield f"{without:,} predictions lack their key ({', '.join(use_case.key)})."
    distinct = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {relation})"
    ).fetchone()[0]
    if distinct != rows:
        repeated, shown = rows - distinct, ", ".join(use_case.key)
        yield f"{repeated:,} predictions repeat the key of another ({shown})."


def _scores(
    connection: Any, relation: str, use_case: UseCase, types: Mapping[str, str]
) -> Iterator[str]:
    rows = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]
    checks = use_case.inference.checks
    bounded = use_case.task != "regression"
    least = checks.minimum if checks.minimum is not None else (0.0 if bounded else None)
    most = checks.maximum if checks.maximum is not None else (1.0 if bounded else None)
    below = "FALSE" if least is None else f"{name(SCORE)} < {literal(least)}"
    above = "FALSE" if most is None else f"{name(SCORE)} > {literal(most)}"
    served = f"{name(MODEL)} IS DISTINCT FROM 'none'" if MODEL in types else "TRUE"
    nulls, endless, low, high, found_least, found_most = connection.execute(
        # Segments that no model serves are told on the page; they hold up no other segment.
        f"SELECT count(*) FILTER (({SCORE} IS NULL OR isnan({SCORE})) AND {served}), "
        f"count(*) FILTER (isinf({SCORE})), count(*) FILTER ({below}), "
        f"count(*) FILTER ({above} AND NOT isnan({SCORE})), "
        f"min({SCORE}) FILTER (NOT isnan({SCORE})), max({SCORE}) FILTER (NOT isnan({SCORE})) "
        f"FROM {relation}"
    ).fetchone()
    if nulls > checks.max_null_share * rows:
        yield (
            f"{nulls:,} of {rows:,} scores are missing ({nulls / rows:.2%}), more than the "
            f"{checks.max_null_share:.2%} allowed."
        )
    if endless:
        yield f"{endless:,} scores are not finite."
    if low:
        yield f"{low:,} scores are below {least:g}, the least is {found_least:g}."
    if high:
        yield f"{high:,} scores are above {most:g}, the greatest is {found_most:g}."


@contextmanager
def _opened(predictions: Path) -> Iterator[tuple[Any, str]]:
    """Yield a connection and the predictions as SQL names them.

    Raises:
        DataError: They cannot be read.
    """
    import duckdb

    try:
        with duckdb.connect() as connection:
            yield connection, f"read_parquet({literal(str(predictions))})"
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        said = str(error).splitlines()[0].rstrip(".")
        what = f"the predictions cannot be read: {said}."
        raise DataError(Problem(what, str(predictions), "Run the scoring again.")) from error

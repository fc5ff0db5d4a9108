"""What predictions must be like to be published, and what they are like."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from components.features.identifiers import literal, name, names
from components.scoring.predictions import DECISION, SCORE
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
    problems = [
        Problem(what, use_case.name, _REMEDY) for what in _broken(predictions, use_case, due)
    ]
    if problems:
        raise DataError(problems)


def describe(predictions: Path, use_case: UseCase) -> dict[str, Any]:
    """Return the number of rows, the decisions and the quantiles of the scores."""
    connection, relation = _open(predictions)
    with connection:
        rows = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]
        decisions = connection.execute(
            f"SELECT {DECISION}, count(*) FROM {relation} WHERE {DECISION} <> '' "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        wanted = ", ".join(map(str, _QUANTILES))
        found = connection.execute(
            f"SELECT quantile_cont({SCORE}, [{wanted}]) FROM {relation}"
        ).fetchone()[0]
    return {
        "format": FORMAT,
        "use_case": use_case.name,
        "rows": rows,
        "decisions": dict(decisions),
        "score_quantiles": dict(zip(map(str, _QUANTILES), found or [], strict=False)),
    }


def _broken(predictions: Path, use_case: UseCase, due: int) -> Iterator[str]:
    connection, relation = _open(predictions)
    with connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        types = {row[0]: row[1] for row in described}
        missing = [each for each in (*use_case.key, SCORE, DECISION) if each not in types]
        for each in missing:
            yield f"the predictions lack the column {each!r}."
        rows = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]
        if rows != due:
            yield f"{due:,} decisions are due, but there are {rows:,} predictions."
        if missing:
            return
        if types[SCORE] != "DOUBLE":
            yield f"the scores are of type {types[SCORE]}, not DOUBLE."
            return
        yield from _key(connection, relation, use_case, rows)
        yield from _scores(connection, relation, use_case, rows)


def _key(connection: Any, relation: str, use_case: UseCase, rows: int) -> Iterator[str]:
    key = names(use_case.key)
    distinct = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM {relation})"
    ).fetchone()[0]
    if distinct != rows:
        repeated, shown = rows - distinct, ", ".join(use_case.key)
        yield f"{repeated:,} predictions repeat the key of another ({shown})."


def _scores(connection: Any, relation: str, use_case: UseCase, rows: int) -> Iterator[str]:
    checks = use_case.inference.checks
    bounded = use_case.task != "regression"
    least = checks.minimum if checks.minimum is not None else (0.0 if bounded else None)
    most = checks.maximum if checks.maximum is not None else (1.0 if bounded else None)
    below = "FALSE" if least is None else f"{name(SCORE)} < {literal(least)}"
    above = "FALSE" if most is None else f"{name(SCORE)} > {literal(most)}"
    nulls, endless, low, high, found_least, found_most = connection.execute(
        f"SELECT count(*) FILTER ({SCORE} IS NULL OR isnan({SCORE})), "
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


def _open(predictions: Path) -> tuple[Any, str]:
    import duckdb

    return duckdb.connect(), f"read_parquet({literal(str(predictions))})"

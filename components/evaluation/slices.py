"""Parts of the test rows that the use case names, judged on their own."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from components.evaluation.bootstrap import Estimate, Resampling, estimate
from components.evaluation.comparison.champion import ChampionScores, served_by_both
from components.evaluation.comparison.comparing import part_of
from components.evaluation.comparison.paired import (
    Difference,
    deciding_units,
    paired_differences,
)
from components.evaluation.panel import Judged, statistics_of
from components.evaluation.statistic import Integers
from penstock.errors import Problem, UseCaseError
from penstock.use_case import UseCase
from penstock.use_case.champion import Slice
from penstock.use_case.evaluation import Evaluation

LEAST_ROWS = 30
"""Fewer rows give no figures: they would say more about chance than about the model."""

_MOST_VALUES = 50
_INDEX = "penstock_row_index"


@dataclass(frozen=True, slots=True)
class SliceFound:
    """One slice.

    Attributes:
        name: What pages call it.
        rows: Test rows in it that count.
        reason: Why there are no figures; empty where there are.
        metrics: With intervals.
        differences: To the champion; empty where there is none, or it cannot score these rows.
    """

    name: str
    rows: int
    reason: str = ""
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    differences: Mapping[str, Difference] = field(default_factory=dict)


def judge_slices(
    use_case: UseCase, judged: Judged, champion: ChampionScores | None, resampling: Resampling
) -> Sequence[SliceFound]:
    """Judge every slice of the use case.

    Args:
        use_case: Its slices and metrics; precision at k is left out.
        judged: The test rows with the candidate's scores.
        champion: The same with the champion's; None: there is none.
        resampling: How intervals are made.

    Raises:
        UseCaseError: A condition cannot be answered; every one is listed.
    """
    if not use_case.slices:
        return []
    found: list[SliceFound] = []
    problems: list[Problem] = []
    for each in use_case.slices:
        try:
            for name, rows in _rows_of(each, judged):
                found.append(_judged(use_case, name, rows, judged, champion, resampling))
        except UseCaseError as error:
            problems += error.problems
    if problems:
        raise UseCaseError(problems)
    return found


def slice_document(found: SliceFound) -> dict[str, Any]:
    """Return a slice as a part of the document of metrics."""
    return {
        "name": found.name,
        "rows": found.rows,
        "reason": found.reason,
        "metrics": {
            name: {"value": _defined(each.value), "low": each.low, "high": each.high}
            for name, each in found.metrics.items()
        },
        "differences": {
            name: {"difference": _defined(each.value), "low": each.low, "high": each.high}
            for name, each in found.differences.items()
        },
    }


def _rows_of(each: Slice, judged: Judged) -> Iterator[tuple[str, Integers]]:
    """Yield the name and the rows of each slice that a setting stands for."""
    if each.where:
        yield each.name, _answered(each, judged)
        return
    if each.column not in judged.rows.types:
        raise UseCaseError(
            Problem(
                f"the slice {each.name!r} reads the column {each.column!r}, which the test rows "
                "do not carry.",
                "slices",
                f"Use one of: {', '.join(judged.rows.types)}.",
            )
        )
    distinct, codes = np.unique(judged.column(each.column).astype(str), return_inverse=True)
    sizes = np.bincount(codes)
    for index in np.argsort(-sizes, kind="stable")[:_MOST_VALUES]:
        yield f"{each.name}: {distinct[index]}", np.flatnonzero(codes == index)


def _answered(each: Slice, judged: Judged) -> Integers:
    import duckdb
    import pyarrow as pa

    table = pa.Table.from_batches(list(judged.rows.batches(list(judged.rows.types))))
    if judged.kept is not None:
        table = table.take(judged.kept)
    table = table.append_column(_INDEX, pa.array(np.arange(table.num_rows)))
    connection = duckdb.connect()
    try:
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        connection.register("test_rows", table)
        relation = connection.sql("SELECT * FROM test_rows").filter(each.where)
        answer = relation.project(_INDEX).fetchnumpy()[_INDEX]
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise UseCaseError(
            Problem(
                f"the condition of the slice {each.name!r} cannot be answered: {reason}.",
                "slices",
                f"Write a condition over: {', '.join(judged.rows.types)}.",
            )
        ) from error
    finally:
        connection.close()
    return np.sort(np.asarray(answer, dtype=np.int64))


def _judged(
    use_case: UseCase,
    name: str,
    rows: Integers,
    judged: Judged,
    champion: ChampionScores | None,
    resampling: Resampling,
) -> SliceFound:
    if len(rows) < LEAST_ROWS:
        return SliceFound(name, len(rows), f"fewer than {LEAST_ROWS} rows")
    part = part_of(judged, rows)
    if judged.labels.task != "regression" and len(np.unique(part.truth)) < 2:
        return SliceFound(name, len(rows), "all rows are of one class")
    plain = use_case.model_copy(update={"evaluation": Evaluation()})
    drawn = replace(resampling, units=_units(resampling.units, rows))
    metrics = estimate(statistics_of(plain, part), len(rows), drawn)
    differences: Mapping[str, Difference] = {}
    if champion is not None and champion.judged is not None:
        other = part_of(champion.judged, rows)
        if served_by_both(part, other).all():
            statistics = (statistics_of(plain, part), statistics_of(plain, other))
            differences = paired_differences(
                *statistics, len(rows), drawn, deciding_units(part, drawn.units)
            )
    return SliceFound(name, len(rows), "", metrics, differences)


def _units(units: Integers | None, rows: Integers) -> Integers | None:
    if units is None:
        return None
    return np.unique(units[rows], return_inverse=True)[1].astype(np.int64)


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None

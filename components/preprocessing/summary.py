"""What the run saw, for the report and for the record."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from components.features.identifiers import literal, name
from components.preprocessing.splits import EVENT_DAY, KNOWN_COMPROMISED
from penstock.use_case import UseCase

_AT_A_TIME = 2
"""Reads of columns; each holds one vector of rows, so that memory does not grow with them."""


def summarise(
    connection: Any, files: Mapping[str, Path], use_case: UseCase
) -> dict[str, dict[str, Any]]:
    """Return rows, days, target and features of each written split.

    One thread over the rows of a column in a fixed order: a sum of floats depends on both. Several
    columns are read at a time.
    """
    relations = {split: f"read_parquet({literal(str(file))})" for split, file in files.items()}
    half = (len(use_case.features) + 1) // 2
    halves = (use_case.features[:half], use_case.features[half:])
    connection.execute("SET threads = 1")
    try:
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            described = {
                split: [
                    pool.submit(_describe, connection.cursor(), relation, columns)
                    for columns in halves
                    if columns
                ]
                for split, relation in relations.items()
            }
            return {
                split: {
                    **_summarise(connection, relation, use_case),
                    "features": {
                        column: measured
                        for part in described[split]
                        for column, measured in part.result().items()
                    },
                }
                for split, relation in relations.items()
            }
    finally:
        connection.execute("RESET threads")


def _summarise(connection: Any, relation: str, use_case: UseCase) -> dict[str, Any]:
    rows, known, first, last = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {KNOWN_COMPROMISED}), min({EVENT_DAY}), "
        f"max({EVENT_DAY}) FROM {relation}"
    ).fetchone()
    summary: dict[str, Any] = {"rows": rows, KNOWN_COMPROMISED: known}
    if first is not None:
        summary |= {"first_day": str(first), "last_day": str(last)}
    target = name(use_case.target)
    if use_case.task == "regression":
        summary["target"] = _describe(connection, relation, [use_case.target])[use_case.target]
    else:
        counted = connection.execute(
            f"SELECT CAST({target} AS VARCHAR), count(*), "
            f"count(*) FILTER (NOT {KNOWN_COMPROMISED}) FROM {relation} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        summary["classes"] = {label: total for label, total, _ in counted}
        summary["classes_to_judge"] = {label: unknown for label, _, unknown in counted if unknown}
    return summary


def _describe(
    connection: Any, relation: str, columns: Sequence[str]
) -> dict[str, dict[str, float]]:
    measures = ("missing", "mean", "deviation", "minimum", "maximum")
    selected = ", ".join(
        f"count(*) - count({quoted}), avg({quoted}), stddev_pop({quoted}), "
        f"min({quoted}), max({quoted})"
        for quoted in map(name, columns)
    )
    row = connection.execute(f"SELECT {selected} FROM {relation}").fetchone()
    width = len(measures)
    return {
        column: dict(zip(measures, row[index * width : (index + 1) * width], strict=True))
        for index, column in enumerate(columns)
    }

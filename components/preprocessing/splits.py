"""The featured rows divided into train, validation and test."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from components.features.computing import carried_columns
from components.features.days import Days
from components.features.identifiers import literal, name, names
from components.features.segments import listed_segments
from components.preprocessing.windows import Windows
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase

SPLITS = ("train", "validation", "test")
EVENT_DAY = "event_day"
"""Added column: the day of the event in the use case's time zone (DATE; NULL without time)."""
KNOWN_COMPROMISED = "known_compromised"
"""Added column: whether the entity was known to be positive before the day of the row."""


@dataclass(frozen=True, slots=True)
class SplitQuery:
    """How to get the rows of one split: a fixed order, unique by key."""

    select: str
    window: Days | None


def split_by_time(use_case: UseCase, windows: Windows) -> dict[str, SplitQuery]:
    """Return the query of each split by the day of the event.

    A row is known to be compromised if its entity has a positive on a day in
    [first day of the window - label delay - exclude_known.days, day of the row - label delay).
    """
    queries = {}
    for split, window in zip(
        SPLITS, (windows.train, windows.validation, windows.test), strict=True
    ):
        time = name(use_case.time_column)
        start, end = window.bounds(use_case.time_zone)
        rows = f"{time} >= {literal(start)} AND {time} < {literal(end)}{_usable(use_case)}"
        day = _local_day(time, use_case.time_zone)
        select = _known_select(use_case, window, day, rows)
        order = names([use_case.time_column, *use_case.key])
        queries[split] = SplitQuery(f"{select} ORDER BY {order}", window)
    return queries


def _usable(use_case: UseCase) -> str:
    """Return the condition, after AND, of rows that can teach: a known target, a wanted segment."""
    known = ""
    if use_case.columns[use_case.target].nullable:
        known = f" AND {name(use_case.target)} IS NOT NULL"
    listed = listed_segments(use_case)
    return known + (f" AND {listed}" if listed else "")


def _local_day(time: str, time_zone: str) -> str:
    if time_zone == "UTC":
        return f"CAST({time} AS DATE)"
    return f"CAST(timezone({literal(time_zone)}, timezone('UTC', {time})) AS DATE)"


def _known_select(use_case: UseCase, window: Days, day: str, rows: str) -> str:
    columns = _carried_and_features(use_case)
    known = use_case.evaluation.exclude_known
    if known is None:
        return (
            f"SELECT {columns[0]}, {day} AS {EVENT_DAY}, FALSE AS {KNOWN_COMPROMISED}, "
            f"{columns[1]} FROM featured WHERE {rows}"
        )
    delay, entity = use_case.label_delay_days, name(use_case.entity)
    since = window.first - timedelta(days=delay + known.days)
    positives = (
        f"SELECT {entity} AS positive_entity, min({day}) AS first_day FROM good_rows "
        f"WHERE {name(use_case.target)} = {literal(use_case.positive_label)} "
        f"AND {day} >= {literal(since)} GROUP BY {entity}"
    )
    is_known = f"coalesce(first_day < {day} - {delay}, FALSE)"
    return (
        f"SELECT {columns[0]}, {day} AS {EVENT_DAY}, {is_known} AS {KNOWN_COMPROMISED}, "
        f"{columns[1]} FROM featured "
        f"LEFT JOIN ({positives}) ON positive_entity = {entity} WHERE {rows}"
    )


def _carried_and_features(use_case: UseCase) -> tuple[str, str]:
    return names(carried_columns(use_case)), names(use_case.features)


def split_by_hash(use_case: UseCase, seed: int) -> dict[str, SplitQuery]:
    """Return the query of each split by a hash of the key and the seed.

    The share of a row is the first 52 bits of MD5 over seed and key, so that it depends on nothing
    else: not on other rows, their order, or the version of a library.
    """
    key = ", ".join(f"CAST({name(column)} AS VARCHAR)" for column in use_case.key)
    digest = f"md5(concat_ws(chr(31), '{seed}', {key}))"
    share = f"CAST('0x' || substr({digest}, 1, 13) AS BIGINT) / {2**52}.0"
    test = use_case.split.test_share
    validation = test + use_case.split.validation_share
    conditions = {
        "train": f"{share} >= {validation}",
        "validation": f"{share} >= {test} AND {share} < {validation}",
        "test": f"{share} < {test}",
    }
    carried, features = _carried_and_features(use_case)
    day = "CAST(NULL AS DATE)"
    if use_case.time_column:
        day = _local_day(name(use_case.time_column), use_case.time_zone)
    return {
        split: SplitQuery(
            f"SELECT {carried}, {day} AS {EVENT_DAY}, FALSE AS {KNOWN_COMPROMISED}, {features} "
            f"FROM featured WHERE {condition}{_usable(use_case)} ORDER BY {names(use_case.key)}",
            None,
        )
        for split, condition in conditions.items()
    }


def check_classes(
    classes: Mapping[str, Mapping[str, int]], rows: Mapping[str, int], use_case: UseCase, where: str
) -> None:
    """Refuse splits that cannot train or test a model.

    Args:
        classes: Rows of each class that count, by split.
        rows: Rows by split; a split that is absent is not wanted.
        use_case: Its task.
        where: The source, for messages.

    Raises:
        DataError: A split holds no row, or a single class.
    """
    problems = []
    for split, count in rows.items():
        found = classes.get(split, {})
        if count == 0:
            remedy = "Give other days, or more data."
            problems.append(Problem(f"no row falls into the {split} split.", where, remedy))
        elif use_case.task != "regression" and len(found) < 2:
            only = (
                f"only the class {next(iter(found))!r}"
                if found
                else "only known entities, no class"
            )
            problems.append(
                Problem(
                    f"the {split} split of {count} rows holds {only} of {use_case.target}.",
                    where,
                    "Give longer windows or more data.",
                )
            )
    if problems:
        raise DataError(problems)

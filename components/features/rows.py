"""Bad rows go to quarantine with their reasons; the others become a view."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from dataclasses import dataclass
from typing import Any

from components.features.columns import (
    SQL_TYPES,
    Rule,
    checked,
    convertible,
    family,
    rules,
    typed,
)
from components.features.identifiers import literal, name, names
from components.features.shape import Shape
from penstock.data.sources import SourceTable
from penstock.errors import DataError, Problem

DUPLICATE = "the key is that of another row"
_BITS_PER_ROW, _MOST_BITS = 8, 1 << 28
"""Each thread holds the bits, at most a byte for each row and 32 MiB; they cannot spill."""


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """What the checks found.

    Attributes:
        read: Rows of the source.
        quarantined: Rows that are bad.
        reasons: Bad rows by reason, the most frequent first; a row may have several reasons.
        quarantine: SELECT of the quarantined rows: the reason, then every declared column as text.
    """

    read: int
    quarantined: int
    reasons: dict[str, int]
    quarantine: str


def check_rows(connection: Any, table: SourceTable, shape: Shape, where: str) -> CheckedRows:
    """Judge every row and create the view `shape.view` of the good ones, in their declared types.

    Of rows with the same key the least one, by all its columns, is good.

    Args:
        connection: DuckDB connection that knows the table.
        table: The rows as read.
        shape: What they must look like.
        where: The source, for messages.

    Raises:
        DataError: Columns are missing, unknown (where refused) or of a type that cannot be the
            declared one; there is no row; or more rows are bad than the use case bears.
    """
    check_columns(table, shape, where)
    columns = shape.columns
    present = [column for column in columns if column in table.columns]
    selected = [
        f"{typed(column, table.columns[column], columns[column], shape.time_zone)}"
        f" AS {name(column)}"
        if column in present
        else f"CAST(NULL AS {SQL_TYPES[columns[column].type]}) AS {name(column)}"
        for column in columns
    ]
    all_rules = [rule for column in present for rule in _rules_of(column, table, shape)]
    both = ", ".join(
        [f"{name(column)} AS {name('raw.' + column)}" for column in present] + selected
    )
    judged = f"SELECT {both} FROM {table.relation}"
    tests = [_flatten(rule) for rule in all_rules]
    read, counts = _count(connection, judged, tests)
    rejects = _count_rejects(connection, table)
    total = read + sum(rejects.values())
    if total == 0 and not shape.may_be_empty:
        raise DataError(Problem("the source holds no row.", where, "Give data."))
    # Where no row broke a rule, nothing that follows has to read the columns to find that again.
    is_bad = " OR ".join(f"coalesce({test}, FALSE)" for test in tests if any(counts)) or "FALSE"
    doubles = _mark_duplicates(connection, f"({judged})", is_bad, shape)
    reasons = {rule.reason: count for rule, count in zip(all_rules, counts, strict=True)}
    reasons = {**reasons, DUPLICATE: doubles, **rejects}
    reasons = dict(sorted(((r, n) for r, n in reasons.items() if n), key=lambda item: -item[1]))
    clean = _clean_select(table, shape)
    if any(counts):
        clean = f"SELECT {names(list(columns))} FROM ({judged}) WHERE NOT ({is_bad})"
    if doubles:
        key = " AND ".join(f"d.{name(k)} = c.{name(k)}" for k in shape.key)
        shown, doubled = names(list(columns)), _duplicates(shape)
        clean = (
            f"SELECT c.* FROM ({clean}) AS c WHERE NOT EXISTS (SELECT 1 FROM {doubled} AS d "
            f"WHERE {key}) UNION ALL BY NAME SELECT {shown} FROM {doubled} WHERE place = 1"
        )
    connection.execute(f"CREATE TEMP VIEW {name(shape.view)} AS {clean}")
    bad = sum(rejects.values()) + doubles
    if any(counts):
        bad += connection.execute(f"SELECT count(*) FROM ({judged}) WHERE {is_bad}").fetchone()[0]
    outcome = CheckedRows(
        total,
        bad,
        reasons,
        _quarantine_query(
            table,
            shape,
            judged,
            tests={rule.reason: test for rule, test in zip(all_rules, tests, strict=True)},
            is_bad=is_bad,
            has_duplicates=doubles > 0,
        ),
    )
    _check_limit(outcome, shape, where)
    return outcome


def _clean_select(table: SourceTable, shape: Shape) -> str:
    selected = [
        f"{checked(column, table.columns[column], declared, shape.time_zone)} AS {name(column)}"
        if column in table.columns
        else f"CAST(NULL AS {SQL_TYPES[declared.type]}) AS {name(column)}"
        for column, declared in shape.columns.items()
    ]
    return f"SELECT {', '.join(selected)} FROM {table.relation}"


def _rules_of(column: str, table: SourceTable, shape: Shape) -> list[Rule]:
    declared = shape.columns[column]
    required = column in shape.required
    exact = family(table.columns[column]) == declared.type and declared.type != "float"
    return list(
        rules(
            column,
            declared,
            may_lack=declared.nullable and not required,
            may_mistype=not exact,
        )
    )


def _flatten(rule: Rule) -> str:
    return rule.broken.replace('raw."', '"raw.').replace('typed."', '"')


def check_columns(table: SourceTable, shape: Shape, where: str) -> None:
    """Refuse rows without the columns that they must have.

    Raises:
        DataError: Columns are missing, unknown (where refused) or of a type that cannot be the
            declared one; all are listed.
    """
    problems = []
    for column, declared in shape.columns.items():
        if column not in table.columns:
            if not declared.nullable:
                remedy = f"The source has: {', '.join(table.columns)}."
                stored = shape.stored(column)
                known = f"column {column!r}" + (f" ({stored})" if stored != column else "")
                problems.append(Problem(f"{known} is missing.", where, remedy))
        elif not convertible(table.columns[column], declared.type):
            problems.append(
                Problem(
                    f"column {column!r} is of type {family(table.columns[column])}, not "
                    f"{declared.type}.",
                    where,
                    "Mend the source, or the column's type in the use case.",
                )
            )
    if shape.refuses_unknown:
        problems += [
            Problem(
                f"column {column!r} is unknown to the use case.",
                where,
                "Declare it, or set quarantine.unknown_columns to ignore.",
            )
            for column in table.columns
            if column not in shape.columns
        ]
    if problems:
        raise DataError(problems)


def _count(connection: Any, judged: str, tests: list[str]) -> tuple[int, list[int]]:
    counted = ", ".join(["count(*)", *(f"count(*) FILTER (WHERE {test})" for test in tests)])
    row = connection.execute(f"SELECT {counted} FROM ({judged})").fetchone()
    return row[0], list(row[1:])


def _count_rejects(connection: Any, table: SourceTable) -> dict[str, int]:
    if not table.rejects:
        return {}
    query = f"SELECT reason, count(*) FROM {table.rejects} GROUP BY reason ORDER BY reason"
    return dict(connection.execute(query).fetchall())


def _mark_duplicates(connection: Any, judged: str, is_bad: str, shape: Shape) -> int:
    """Create a table of the good rows that share a key; return how many to refuse.

    Grouping alone is cheap; only the few rows that share a key are put in order.
    """
    if not shape.key or _are_unique(connection, judged, is_bad, shape):
        return 0
    key, columns = names(shape.key), names(list(shape.columns))
    shared = f"SELECT {key} FROM {judged} WHERE NOT ({is_bad}) GROUP BY {key} HAVING count(*) > 1"
    shared_keys, doubled = name(f"{shape.view} shared keys"), _duplicates(shape)
    connection.execute(f"CREATE TEMP TABLE {shared_keys} AS {shared}")
    if connection.execute(f"SELECT count(*) FROM {shared_keys}").fetchone()[0] == 0:
        return 0
    connection.execute(
        f"CREATE TEMP TABLE {doubled} AS SELECT *, "
        f"row_number() OVER (PARTITION BY {key} ORDER BY {columns}) AS place "
        f"FROM {judged} SEMI JOIN {shared_keys} USING ({key}) WHERE NOT ({is_bad})"
    )
    found = connection.execute(f"SELECT count(*) FROM {doubled} WHERE place > 1").fetchone()
    return int(found[0])


def _duplicates(shape: Shape) -> str:
    return name(f"{shape.view} duplicates")


def _are_unique(connection: Any, judged: str, is_bad: str, shape: Shape) -> bool:
    """Say whether keys are whole numbers so near one another that a bit for each shows no repeat.

    It takes a fifth of the time of grouping. Where it says no, they may be unique all the same.
    """
    if [shape.columns[column].type for column in shape.key] != ["integer"]:
        return False
    key, rows = names(shape.key), f"FROM {judged} WHERE NOT ({is_bad})"
    least, most, count = connection.execute(
        f"SELECT min({key}), max({key}), count(*) {rows}"
    ).fetchone()
    if count == 0 or most - least >= min(_BITS_PER_ROW * count, _MOST_BITS):
        return False
    bits = f"bit_count(bitstring_agg({key}, {literal(least)}, {literal(most)}))"
    found = connection.execute(f"SELECT {bits} {rows}").fetchone()
    return bool(found[0] == count)


def _quarantine_query(
    table: SourceTable,
    shape: Shape,
    judged: str,
    *,
    tests: dict[str, str],
    is_bad: str,
    has_duplicates: bool,
) -> str:
    raw = ", ".join(
        f"CAST({name('raw.' + column)} AS VARCHAR) AS {name(column)}"
        if column in table.columns
        else f"CAST(NULL AS VARCHAR) AS {name(column)}"
        for column in shape.columns
    )
    cases = ", ".join(
        f"CASE WHEN {test} THEN {literal(reason)} END" for reason, test in tests.items()
    )
    reason = f"concat_ws('; ', {cases})" if cases else "''"
    parts = [f"SELECT {reason} AS reason, {raw} FROM ({judged}) WHERE {is_bad}"]
    if has_duplicates:
        parts.append(
            f"SELECT {literal(DUPLICATE)} AS reason, {raw} FROM "
            f"{_duplicates(shape)} WHERE place > 1"
        )
    if table.rejects:
        parts.append(f"SELECT reason, line_text FROM {table.rejects}")
    return f"SELECT * FROM ({' UNION ALL BY NAME '.join(parts)}) ORDER BY ALL"


def _check_limit(checked: CheckedRows, shape: Shape, where: str) -> None:
    limit = shape.max_share
    share = checked.quarantined / max(checked.read, 1)
    if share <= limit:
        return
    listed = ", ".join(f"{reason} ({count})" for reason, count in checked.reasons.items())
    raise DataError(
        Problem(
            f"{checked.quarantined} of {checked.read} rows ({share:.2%}) are bad, more than the "
            f"{limit:.2%} that the use case bears: {listed}.",
            where,
            "Mend the source, or raise quarantine.max_share.",
        )
    )

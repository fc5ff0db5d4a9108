"""Each raw column as the type that the use case declares, and what can be wrong with its values."""

from collections.abc import Iterator
from dataclasses import dataclass

from components.features.identifiers import literal, name
from penstock.use_case.source import Column

SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
}
_FAMILIES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DOUBLE": "float",
    "FLOAT": "float",
    "DATE": "timestamp",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}
_NAIVE = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_CONVERTIBLE = {
    "string": {"string", "integer", "boolean"},
    "integer": {"string", "integer", "float", "boolean"},
    "float": {"string", "integer", "float"},
    "boolean": {"string", "integer", "boolean"},
    "timestamp": {"string", "timestamp"},
}
_ARTICLES = {
    "string": "text",
    "integer": "a whole number",
    "float": "a number",
    "boolean": "true or false",
    "timestamp": "a time",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which a row can be bad."""

    reason: str
    broken: str
    """SQL that is true for a bad row."""


def family(sql_type: str) -> str:
    """Return the use case's name of a DuckDB type, or the type itself if there is none."""
    if sql_type.removeprefix("U") in _INTEGERS:
        return "integer"
    if sql_type.startswith("DECIMAL"):
        return "float"
    return _FAMILIES.get(sql_type, sql_type.lower())


def convertible(sql_type: str, declared: str) -> bool:
    """Say whether values of a DuckDB type can be of the declared type at all."""
    return family(sql_type) in _CONVERTIBLE[declared]


def typed(column: str, sql_type: str, declared: Column, time_zone: str) -> str:
    """Return SQL for the column's value in the declared type; NULL where it is not of that type.

    Timestamps become UTC without a zone, in microseconds; those that name no zone are taken to
    be in `time_zone`.
    """
    raw, target = name(column), SQL_TYPES[declared.type]
    if declared.type == "timestamp":
        return _utc(raw, sql_type, time_zone)
    if sql_type == target:
        return f"CASE WHEN isfinite({raw}) THEN {raw} END" if target == "DOUBLE" else raw
    if declared.type == "integer" and family(sql_type) in ("float", "string"):
        number = f"TRY_CAST({raw} AS DOUBLE)"
        whole = f"{number} = trunc({number})"
        return f"CASE WHEN {whole} THEN TRY_CAST({raw} AS BIGINT) END"
    if declared.type == "float":
        number = f"TRY_CAST({raw} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"TRY_CAST({raw} AS {target})"


def checked(column: str, sql_type: str, declared: Column, time_zone: str) -> str:
    """Return SQL for the column's value once no value was found to be of another type.

    It says the same as `typed`, in the form that DuckDB runs fastest.
    """
    target = SQL_TYPES[declared.type]
    if sql_type == target and (declared.type != "timestamp" or time_zone == "UTC"):
        return name(column)
    if family(sql_type) == declared.type and declared.type != "timestamp":
        return f"CAST({name(column)} AS {target})"
    if declared.type == "timestamp" and sql_type in _NAIVE and time_zone == "UTC":
        return f"CAST({name(column)} AS TIMESTAMP)"
    return typed(column, sql_type, declared, time_zone)


def _utc(raw: str, sql_type: str, time_zone: str) -> str:
    if sql_type == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {raw})"
    if family(sql_type) == "string":
        zoned = (
            f"regexp_matches({raw}, '(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$') AND contains({raw}, ':')"
        )
        aware = f"timezone('UTC', TRY_CAST({raw} AS TIMESTAMPTZ))"
        return f"CASE WHEN {zoned} THEN {aware} ELSE {_local(raw, time_zone)} END"
    return _local(raw, time_zone)


def _local(raw: str, time_zone: str) -> str:
    naive = f"TRY_CAST({raw} AS TIMESTAMP)"
    if time_zone == "UTC":
        return naive
    return f"timezone('UTC', timezone({literal(time_zone)}, {naive}))"


def rules(column: str, declared: Column, *, may_lack: bool, may_mistype: bool) -> Iterator[Rule]:
    """Yield what can be wrong with a column.

    The SQL speaks of the value as read (`raw`) and as typed (`typed`).

    Args:
        column: Name of the column.
        declared: What the use case says about it.
        may_lack: Whether a row may lack it.
        may_mistype: Whether the type as read leaves room for values of another type.
    """
    raw, value = f"raw.{name(column)}", f"typed.{name(column)}"
    if not may_lack:
        yield Rule(f"{column} is missing", f"{raw} IS NULL")
    if may_mistype:
        kind = _ARTICLES[declared.type]
        yield Rule(f"{column} is not {kind}", f"{raw} IS NOT NULL AND {value} IS NULL")
    if declared.minimum is not None:
        limit = literal(declared.minimum)
        yield Rule(f"{column} is below {declared.minimum:g}", f"{value} < {limit}")
    if declared.maximum is not None:
        limit = literal(declared.maximum)
        yield Rule(f"{column} is above {declared.maximum:g}", f"{value} > {limit}")
    if declared.allowed:
        allowed = ", ".join(literal(each) for each in declared.allowed)
        shown = ", ".join(str(each) for each in declared.allowed)
        yield Rule(f"{column} is none of {shown}", f"{value} NOT IN ({allowed})")

"""Rows as JSON values: lists in the model's order, or objects by column name."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from components.serving.bad_rows import BadRows, shown
from components.serving.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa

_ABSENT = object()


def table_of(rows: Sequence[Any], schema: Schema) -> "pa.Table":
    """Make a table of rows; columns that the model does not know are left out.

    Raises:
        BadRowsError: A row is neither list nor object, has another number of values, lacks a
            column, or holds something else than a number, a bool or null.
    """
    import pyarrow as pa

    typed = schema.arrow()
    problems = BadRows()
    columns = _columns(rows, typed.names, problems)
    problems.raise_if_any()
    arrays = [_array(field, column, problems) for field, column in zip(typed, columns, strict=True)]
    problems.raise_if_any()
    return pa.table(arrays, schema=typed)


def _columns(rows: Sequence[Any], names: Sequence[str], problems: BadRows) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in names]
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Mapping):
            for name, column in zip(names, columns, strict=True):
                value = row.get(name, _ABSENT)
                if value is _ABSENT:
                    problems.add(number, name, "it is missing. Write null for no value.")
                column.append(value)
        elif isinstance(row, list):
            if len(row) != len(names):
                problems.add(number, "", f"it has {len(row)} values, not {len(names)}.")
                continue
            for value, column in zip(row, columns, strict=True):
                column.append(value)
        else:
            problems.add(number, "", f"{shown(row)} is neither a list nor an object.")
    return columns


def _array(field: "pa.Field", values: list[Any], problems: BadRows) -> "pa.Array":
    """Convert at once; only where that fails, value by value."""
    import pyarrow as pa

    if pa.types.is_string(field.type):
        return pa.array([_text(value, field.name, row, problems) for row, value in _each(values)])
    if pa.types.is_boolean(field.type):
        return pa.array([_truth(value, field.name, row, problems) for row, value in _each(values)])
    try:
        numbers = pa.array(values, type=pa.float64())
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        numbers = pa.array(
            [_number(value, field.name, row, problems) for row, value in _each(values)],
            type=pa.float64(),
        )
    return numbers.cast(field.type, safe=False)


def _each(values: list[Any]) -> "enumerate[Any]":
    return enumerate(values, start=1)


def _number(value: Any, column: str, row: int, problems: BadRows) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            pass
    problems.add(row, column, f"{shown(value)} is not a number.")
    return None


def _truth(value: Any, column: str, row: int, problems: BadRows) -> bool | None:
    if value is None:
        return None
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    problems.add(row, column, f"{shown(value)} is not true or false.")
    return None


def _text(value: Any, column: str, row: int, problems: BadRows) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    problems.add(row, column, f"{shown(value)} is not a text.")
    return None

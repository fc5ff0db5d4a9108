"""Columns of Arrow as a table keeps them, and whether they fit a table that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.table import Table

_WIDER = {
    "int": ("long", "float", "double"),
    "long": (),
    "float": ("double",),
    "date": (),
}
"""Which of a table's types hold every value of another."""


def stored_schema(schema: pa.Schema) -> pa.Schema:
    """Return the columns as a new table keeps them: times in microseconds, no dictionaries.

    A column of nulls alone is kept as text.

    Args:
        schema: Columns of the rows.
    """
    import pyarrow as pa

    return pa.schema([pa.field(field.name, _stored_type(field.type)) for field in schema])


def _stored_type(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    if pa.types.is_dictionary(kind):
        return _stored_type(kind.value_type)
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_time(kind):
        return pa.time64("us")
    if pa.types.is_date(kind):
        return pa.date32()
    if pa.types.is_integer(kind):
        small = kind.bit_width < 32 or kind == pa.int32()
        return pa.int32() if small else pa.int64()
    return pa.float32() if pa.types.is_float16(kind) else kind


def table_columns(table: Table) -> pa.Schema:
    """Return the columns of a table as Arrow's."""
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    columns: pa.Schema = schema_to_pyarrow(table.schema(), include_field_ids=False)
    return columns


def check_fit(schema: pa.Schema, table: Table, where: str) -> None:
    """Refuse rows that do not fit a table.

    Args:
        schema: Columns of the rows.
        table: The table.
        where: Its address, for messages.

    Raises:
        DataError: Names every column that is missing, too much, or of a type whose values the
            table's cannot hold.
    """
    import pyarrow as pa

    ours = {field.name: field.type for field in schema}
    theirs = {field.name: str(field.field_type) for field in table.schema().fields}
    whats = [f"the table has no column {name!r}." for name in ours if name not in theirs]
    whats += [f"the rows have no column {name!r}." for name in theirs if name not in ours]
    for name, kind in ours.items():
        if name not in theirs or pa.types.is_null(kind):
            continue
        given = _type_name(kind)
        if given != theirs[name] and theirs[name] not in _WIDER.get(given, ()):
            whats.append(f"the column {name!r} is {given} here and {theirs[name]} in the table.")
    remedy = "Write the rows as the table has them, alter the table, or name another."
    if whats:
        raise DataError([Problem(what, where, remedy) for what in whats])


def _type_name(kind: Any) -> str:
    import pyarrow as pa
    from pyiceberg.io.pyarrow import _pyarrow_to_schema_without_ids

    schema = pa.schema([pa.field("c", _stored_type(kind))])
    return str(_pyarrow_to_schema_without_ids(schema).fields[0].field_type)

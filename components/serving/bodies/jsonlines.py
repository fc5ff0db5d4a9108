"""JSON Lines: one object by column name, or one list in the model's order, a line."""

from typing import TYPE_CHECKING

from components.serving.bad_rows import BadRows
from components.serving.bodies.json import parsed
from components.serving.bodies.records import table_of
from components.serving.schema import Schema
from penstock.contract.serving import RefusedRequestError

if TYPE_CHECKING:
    import pyarrow as pa


def read(body: bytes, schema: Schema) -> "pa.Table":
    """Read a body; a row is a line.

    Raises:
        BadRowsError: A line is no JSON, or its row is wrong as `records.table_of` says.
        RefusedRequestError: There is no row.
    """
    if not body.strip():
        raise RefusedRequestError("the body holds no row.", "Send one JSON object a line.")
    table = _at_once(body, schema)
    return _line_by_line(body, schema) if table is None else table


def _at_once(body: bytes, schema: Schema) -> "pa.Table | None":
    """Read all lines in one go, which gives the same where every line names every column once.

    None where that is not plain to see, or something is wrong.
    """
    import pyarrow as pa
    from pyarrow import json

    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if any(body.count(f'"{name}":'.encode()) != lines for name in schema.columns):
        return None
    typed = schema.arrow()
    try:
        table = json.read_json(
            pa.BufferReader(body),
            read_options=json.ReadOptions(use_threads=False, block_size=len(body) + 1),
            parse_options=json.ParseOptions(
                explicit_schema=typed, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowException:
        return None
    return table if table.num_rows == lines else None


def _line_by_line(body: bytes, schema: Schema) -> "pa.Table":
    problems = BadRows()
    rows = []
    for number, line in enumerate(body.splitlines(), start=1):
        try:
            rows.append(parsed(line))
        except RefusedRequestError as error:
            what = error.problems[0].what.replace("the body", "it", 1)
            problems.add(number, "", what)
    problems.raise_if_any()
    return table_of(rows, schema)

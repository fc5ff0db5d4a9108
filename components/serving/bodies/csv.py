"""CSV: no header, the model's columns in order, a bundle's segment after them; empty is missing."""

import io
from typing import TYPE_CHECKING

from components.serving.bad_rows import BadRows, shown
from components.serving.schema import Schema
from penstock.contract.serving import RefusedRequestError

if TYPE_CHECKING:
    import pyarrow as pa

_MISSING = ["", "nan", "NaN", "null"]
_TRUE, _FALSE = ["true", "True", "1", "1.0"], ["false", "False", "0", "0.0"]


def read(body: bytes, schema: Schema) -> "pa.Table":
    """Read a body; a row is a line.

    Raises:
        BadRowsError: A row has another number of columns, is empty, or holds no number where one
            is expected.
        RefusedRequestError: There is no row, or the text is not UTF-8.
    """
    import pyarrow as pa

    if not body.strip(b"\r\n"):
        raise RefusedRequestError("the body holds no row.", "Send one row a line.")
    typed = schema.arrow()
    problems = BadRows()
    _require_utf8(body, problems)
    _find_empty_lines(body, len(typed), problems)
    try:
        table = _parsed(body, typed, problems)
    except pa.ArrowInvalid as error:
        table = _explained(body, typed, problems, error)
    problems.raise_if_any()
    return table


def _parsed(body: bytes, typed: "pa.Schema", problems: BadRows) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv

    def refuse(row: csv.InvalidRow) -> str:
        problems.add(
            row.number, "", f"it has {row.actual_columns} columns, not {row.expected_columns}."
        )
        return "skip"

    return csv.read_csv(
        pa.BufferReader(body),
        read_options=csv.ReadOptions(
            column_names=typed.names, use_threads=False, block_size=max(1 << 20, len(body) // 8)
        ),
        parse_options=csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=refuse),
        convert_options=csv.ConvertOptions(
            column_types=typed,
            null_values=_MISSING,
            true_values=_TRUE,
            false_values=_FALSE,
            quoted_strings_can_be_null=True,
            strings_can_be_null=True,
        ),
    )


def _explained(body: bytes, typed: "pa.Schema", problems: BadRows, error: Exception) -> "pa.Table":
    """Find the cells that are no numbers, by reading everything as text."""
    import pyarrow as pa

    texts = pa.schema([pa.field(name, pa.string()) for name in typed.names])
    lines = BadRows()
    try:
        table = _parsed(body, texts, lines)
    except pa.ArrowInvalid:
        raise RefusedRequestError(f"the body is no CSV: {error}.") from None
    problems.include(lines)
    left_out = lines.numbers
    kept = [row for row in range(1, table.num_rows + len(left_out) + 1) if row not in left_out]
    for field in typed:
        if pa.types.is_string(field.type):
            continue
        for row, value in zip(kept, table.column(field.name).to_pylist(), strict=True):
            if value is not None and not _fits(value, field.type):
                wanted = "true or false" if pa.types.is_boolean(field.type) else "a number"
                problems.add(row, field.name, f"{shown(value)} is not {wanted}.")
    if not problems:
        raise RefusedRequestError(f"the body is no CSV: {error}.") from None
    return table


def _fits(text: str, kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_boolean(kind):
        return text in _TRUE or text in _FALSE
    try:
        pa.array([text.strip(" \t")]).cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _require_utf8(body: bytes, problems: BadRows) -> None:
    if body.isascii():
        return
    try:
        body.decode()
    except UnicodeDecodeError as wrong:
        problems.add(body.count(b"\n", 0, wrong.start) + 1, "", "it is not UTF-8.")
    problems.raise_if_any()


def _find_empty_lines(body: bytes, columns: int, problems: BadRows) -> None:
    if columns == 1 or not (
        body.startswith((b"\n", b"\r")) or b"\n\n" in body or b"\n\r\n" in body
    ):
        return
    io_lines = io.BytesIO(body)
    for number, line in enumerate(io_lines, start=1):
        if not line.strip(b"\r\n"):
            problems.add(number, "", f"it is empty; {columns} columns are expected.")


__all__ = ["read"]

"""The rows due as lines, for the native Transform step."""

# ruff: noqa: S608  # names are quoted

from pathlib import Path
from typing import Any

from components.features.computing import carried_columns
from components.features.identifiers import literal, name
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase


def write_lines(connection: Any, use_case: UseCase, rows: Path, lines: Path) -> None:
    """Write carried columns, then features, a row a line, as `inference.form` says.

    CSV has no header and quotes only what needs it; JSON Lines has an object a line. A number is
    the shortest text that reads back as the same double; what is unknown is an empty field or null.

    Args:
        connection: DuckDB connection.
        use_case: Its form; `parquet` leaves the file empty.
        rows: The Parquet file of the rows due, in their order.
        lines: The file to write.

    Raises:
        DataError: A text holds a line break, which CSV that is split by lines cannot hold.
    """
    form = use_case.inference.form
    if form == "parquet":
        lines.write_bytes(b"")
        return
    relation = f"read_parquet({literal(str(rows))})"
    carried = carried_columns(use_case, with_target=False)
    if form == "csv":
        _refuse_line_breaks(connection, use_case, relation, carried)
    # Not a number is no JSON; to a model it is a value that is missing. Comparing with NaN would be
    # decided by the file's least and greatest value, which leave NaN out.
    features = [
        f"CASE WHEN NOT isnan({each}) THEN {each} END AS {each}"
        for each in map(name, use_case.features)
    ]
    shown = ", ".join([*map(name, carried), *features])
    options = "FORMAT csv, HEADER false" if form == "csv" else "FORMAT json"
    connection.execute(
        f"COPY (SELECT {shown} FROM {relation}) TO {literal(str(lines))} ({options})"
    )


def _refuse_line_breaks(
    connection: Any, use_case: UseCase, relation: str, carried: list[str]
) -> None:
    texts = [column for column in carried if use_case.columns[column].type == "string"]
    if not texts:
        return
    counted = ", ".join(
        f"count(*) FILTER (WHERE regexp_matches({name(column)}, '[\\r\\n]'))" for column in texts
    )
    found = connection.execute(f"SELECT {counted} FROM {relation}").fetchone()
    problems = [
        Problem(
            f"{count} values of {column!r} hold a line break, which a line of CSV cannot.",
            use_case.name,
            "Set inference.form to jsonlines or parquet, or mend the source.",
        )
        for column, count in zip(texts, found, strict=True)
        if count
    ]
    if problems:
        raise DataError(problems)

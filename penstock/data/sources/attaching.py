"""Local files as relations of DuckDB."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock.data.lineage import Lineage
from penstock.data.sources.table import SourceTable
from penstock.errors import DataError, Problem


def attach_files(
    connection: Any, files: Sequence[str], file_format: str, where: str
) -> SourceTable:
    """Make local files of one format known to a connection.

    Columns are matched by name, so that files may differ in their order. CSV is read as text, for
    the checks to judge; it is read once, into a table of the connection.

    Raises:
        DataError: A file is not of the format.
    """
    import duckdb

    try:
        if file_format == "parquet":
            return _attach_parquet(connection, files, where)
        return _attach_csv(connection, files, where)
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            Problem(
                f"the source cannot be read as {file_format}: {reason}",
                where,
                "Write the file again, or set source.format.",
            )
        ) from error


def _attach_parquet(connection: Any, files: Sequence[str], where: str) -> SourceTable:
    listed = ", ".join(quote_text(file) for file in files)
    relation = f"read_parquet([{listed}], union_by_name = true)"
    return SourceTable(relation, describe(connection, relation), lineage=Lineage(where))


def _attach_csv(connection: Any, files: Sequence[str], where: str) -> SourceTable:
    text = f"source_text_{len(connection.execute('SHOW TABLES').fetchall())}"
    # Tables of rejects of its own: the default ones hold those of every file read before.
    scans = " UNION ALL BY NAME ".join(
        f"SELECT * FROM read_csv({quote_text(file)}, all_varchar = true, header = true, "
        f"rejects_table = '{text}_rejects', rejects_scan = '{text}_scans', "
        "store_rejects = true, rejects_limit = 0, nullstr = '', strict_mode = true)"
        for file in files
    )
    connection.execute(f"CREATE TEMP TABLE {text} AS {scans}")
    rejects = (
        "(SELECT any_value(csv_line ORDER BY column_idx) AS line_text, "
        "any_value('the line is not CSV: ' || "
        "lower(replace(CAST(error_type AS VARCHAR), '_', ' ')) ORDER BY column_idx) AS reason "
        f"FROM {text}_rejects GROUP BY scan_id, file_id, line)"
    )
    return SourceTable(text, describe(connection, text), rejects, lineage=Lineage(where))


def describe(connection: Any, relation: str) -> dict[str, str]:
    """Return the DuckDB type of each column of a relation."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {row[0]: row[1] for row in rows}


def quote_text(text: str) -> str:
    """Return `text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"

"""Parquet whose bytes depend on the rows alone."""

import os
from pathlib import Path
from typing import Any

from components.features.identifiers import literal

ROWS_PER_GROUP = 122_880


def write_parquet(connection: Any, query: str, path: Path) -> int:
    """Write the answer of an ordered query, in full or not at all; return its rows.

    Timestamps are microseconds (PySpark refuses nanoseconds). Row groups have a fixed size and the
    order is the query's, so that the number of threads does not show.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        rows = connection.execute(
            f"COPY ({query}) TO {literal(str(unfinished))} "
            f"(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {ROWS_PER_GROUP})"
        ).fetchone()[0]
        os.replace(unfinished, path)  # noqa: PTH105  # over what a former attempt left
    finally:
        unfinished.unlink(missing_ok=True)
    return int(rows)

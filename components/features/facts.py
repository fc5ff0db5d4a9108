"""What was read, as the lineage of a run tells it."""

# ruff: noqa: S608  # names are quoted

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from components.features.identifiers import name
from components.features.shape import Shape
from penstock.data.lineage import Lineage
from penstock.data.pinning import table_uri


def lineage_of(
    connection: Any, view: str, shape: Shape, start: Lineage, *, columns: Sequence[str] = ()
) -> Lineage:
    """Fill in what the good rows of a view say: time bounds, number, digest.

    The digest is SHA-256 of the number of rows and of the sums of both halves of each row's MD5,
    taken over the declared columns as text. So it is the same for the same rows out of any store
    and in any order, and a row more, less or twice changes it.

    Args:
        connection: DuckDB connection that knows the view.
        view: Name of the view.
        shape: Of its rows.
        start: Table and snapshots.
        columns: Those that count; none: all declared ones.
    """
    counted = columns or tuple(shape.columns)
    text = ", ".join(f"coalesce(CAST({name(each)} AS VARCHAR), chr(0))" for each in counted)
    hashed = f"concat_ws(chr(31), {text})"
    time = name(shape.time_column) if shape.time_column else "NULL::TIMESTAMP"
    # One MD5 a row: md5_number_lower and md5_number_upper would each compute it anew.
    rows, lower, upper, first, last = connection.execute(
        f"SELECT count(*), sum(CAST(row_hash >> 64 AS UBIGINT)), "
        f"sum(CAST(row_hash & {2**64 - 1} AS UBIGINT)), min(row_time), max(row_time) "
        f"FROM (SELECT md5_number({hashed}) AS row_hash, {time} AS row_time FROM {name(view)})"
    ).fetchone()
    digest = hashlib.sha256(f"{rows}:{lower or 0}:{upper or 0}".encode()).hexdigest()
    return replace(
        start,
        time_from=_text(first),
        time_to=_text(last),
        rows=rows,
        digest=f"sha256:{digest}",
    )


def together(uri: str, tables: Sequence[tuple[str, Lineage]]) -> Lineage:
    """Return the lineage of several tables as one.

    Args:
        uri: Address of the store; snapshots in it are not part of its name.
        tables: Name of each table and its lineage.
    """
    whole = hashlib.sha256()
    for table, found in tables:
        whole.update(f"{table}:{found.digest}\n".encode())

    def joined(values: Sequence[str]) -> str:
        known = [
            f"{table}={value}" for (table, _), value in zip(tables, values, strict=True) if value
        ]
        return " ".join(known)

    times = sorted(each for _, found in tables for each in (found.time_from, found.time_to) if each)
    return Lineage(
        table=f"{table_uri(uri)}#{' '.join(table for table, _ in tables)}",
        snapshot_from=joined([found.snapshot_from for _, found in tables]),
        snapshot_to=joined([found.snapshot_to for _, found in tables]),
        snapshot_time=max((found.snapshot_time for _, found in tables), default=""),
        time_from=times[0] if times else "",
        time_to=times[-1] if times else "",
        rows=sum(found.rows for _, found in tables),
        digest=f"sha256:{whole.hexdigest()}",
    )


def _text(instant: datetime | None) -> str:
    return f"{instant.isoformat()}Z" if instant else ""

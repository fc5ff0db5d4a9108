"""Reads the published rows of some days, in the order in which they were published."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from penstock.data.iceberg.live import LiveFile, live_files
from penstock.data.sinks.port import DAY_COLUMN, RUN_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot


def read_days(table: Table, first_day: date | None, last_day: date | None) -> pa.Table:
    """Return the rows of these days, both included, by day and then as they were published.

    Returns:
        The columns `run_id`, `decision_day` and the others; a table of no columns without a row.
    """
    import pyarrow as pa
    from pyiceberg.expressions import AlwaysTrue
    from pyiceberg.io.pyarrow import ArrowScan

    snapshot = table.metadata.current_snapshot()
    wanted = _days(first_day, last_day)
    files = live_files(table, snapshot, wanted)
    if snapshot is None or not files:
        return pa.table({})
    numbers = _sequence_numbers(table, snapshot)
    files.sort(key=lambda file: _written(file, numbers))
    scan = ArrowScan(table.metadata, table.io, table.schema(), wanted or AlwaysTrue())
    rows = pa.concat_tables(
        [scan.to_table([file.task]) for file in files], promote_options="permissive"
    )
    if not len(rows):
        return pa.table({})
    rows = rows.sort_by(DAY_COLUMN)  # which keeps the order within a day
    others = [name for name in rows.column_names if name not in (RUN_COLUMN, DAY_COLUMN)]
    return _small(rows.select([RUN_COLUMN, DAY_COLUMN, *others]))


def _days(first_day: date | None, last_day: date | None) -> BooleanExpression | None:
    from pyiceberg.expressions import (
        And,
        GreaterThanOrEqual,
        LessThanOrEqual,
        Reference,
    )
    from pyiceberg.expressions.literals import literal

    day = Reference(DAY_COLUMN)
    bounds: list[BooleanExpression] = []
    if first_day is not None:
        bounds.append(GreaterThanOrEqual(term=day, value=literal(first_day.isoformat())))
    if last_day is not None:
        bounds.append(LessThanOrEqual(term=day, value=literal(last_day.isoformat())))
    if not bounds:
        return None
    return bounds[0] if len(bounds) == 1 else And(*bounds)


def _sequence_numbers(table: Table, snapshot: Snapshot) -> dict[str, int]:
    return {
        entry.data_file.file_path: entry.sequence_number or 0
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io)
    }


def _written(file: LiveFile, numbers: dict[str, int]) -> tuple[int, int, str]:
    name = PurePosixPath(file.path).name
    # `00000-<number of the file>-<write>.parquet`, as Iceberg's writers name them.
    number = re.match(r"\d+-(\d+)-", name)
    return numbers.get(file.path, 0), int(number.group(1)) if number else 0, name


def _small(rows: pa.Table) -> pa.Table:
    """Return the rows with Arrow's usual types of text and bytes, not those for large ones."""
    import pyarrow as pa

    def kind(given: Any) -> Any:
        if pa.types.is_large_string(given):
            return pa.string()
        return pa.binary() if pa.types.is_large_binary(given) else given

    return rows.cast(pa.schema([pa.field(each.name, kind(each.type)) for each in rows.schema]))

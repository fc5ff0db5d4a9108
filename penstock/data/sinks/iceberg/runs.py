"""Which live files of a table hold the rows of a run."""

# ruff: noqa: S608  # names are quoted and values are literals

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.iceberg.live import LiveFile, live_files
from penstock.data.iceberg.writing import write_data_files
from penstock.data.sinks.port import DAY_COLUMN, RUN_COLUMN, Publication
from penstock.data.sources.attaching import quote_text
from penstock.data.sources.iceberg.columns import quote_name
from penstock.data.sources.iceberg.files import DataFiles

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Files to take away so that a run has no rows, and files with what else was in them."""

    removed: Sequence[DataFile]
    rewritten: Sequence[DataFile]

    def __bool__(self) -> bool:
        return bool(self.removed)


def files_of_run(table: Table, run: str) -> RunFiles:
    """Find the files of a run; one that holds rows of others too is written again without its own.

    Publishing gives every run files of its own; compaction may have mixed them since.
    """
    removed: list[DataFile] = []
    rewritten: list[DataFile] = []
    for file in _candidates(table, run):
        if not _is_whole(table, file, run):
            rows = _rows(table, file)
            others = rows.filter(_is_not(rows, run))
            if len(others) == len(rows):
                continue
            rewritten += write_data_files(table, others.to_batches())
        removed.append(file.task.file)
    return RunFiles(removed, rewritten)


def holds_exactly(table: Table, publication: Publication, scratch: Path, where: str) -> bool:
    """Tell whether the live rows of a run are those of a publication, whatever their order."""
    import duckdb

    columns = [field for field in table.schema().fields if field.name != RUN_COLUMN]
    names = ", ".join(quote_name(field.name) for field in columns)
    day = quote_name(DAY_COLUMN)
    with duckdb.connect() as connection:
        there = DataFiles(connection, scratch, table, where).relation(
            _candidates(table, publication.run),
            table.schema().fields,
            f"{quote_name(RUN_COLUMN)} = {quote_text(publication.run)}",
        )
        new = (
            f"(SELECT *, DATE {quote_text(publication.day.isoformat())} AS {day} "
            f"FROM read_parquet({quote_text(str(publication.rows))}))"
        )
        different = connection.execute(
            f"SELECT 1 FROM (SELECT {names}, 1 AS of_each FROM {there} "
            f"UNION ALL SELECT {names}, -1 FROM {new}) "
            f"GROUP BY {names} HAVING sum(of_each) <> 0 LIMIT 1"
        ).fetchall()
    return not different


def _candidates(table: Table, run: str) -> list[LiveFile]:
    from pyiceberg.expressions import EqualTo, Reference
    from pyiceberg.expressions.literals import literal

    filtered = EqualTo(term=Reference(RUN_COLUMN), value=literal(run))
    return live_files(table, table.metadata.current_snapshot(), filtered)


def _is_whole(table: Table, file: LiveFile, run: str) -> bool:
    identity = table.schema().find_field(RUN_COLUMN).field_id
    bounds = [file.task.file.lower_bounds, file.task.file.upper_bounds]
    nulls = (file.task.file.null_value_counts or {}).get(identity)
    return nulls == 0 and all((each or {}).get(identity) == run.encode() for each in bounds)


def _rows(table: Table, file: LiveFile) -> pa.Table:
    from pyiceberg.expressions import AlwaysTrue
    from pyiceberg.io.pyarrow import ArrowScan

    scan = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue())
    return scan.to_table([file.task])


def _is_not(rows: pa.Table, run: str) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.fill_null(pc.not_equal(rows[RUN_COLUMN], run), fill_value=True)

"""Publishes decisions into an Iceberg table, and reads them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.data.iceberg.catalog import CATALOG_FILE, opened_catalog
from penstock.data.iceberg.columns import check_fit, stored_schema
from penstock.data.iceberg.committing import Change, commit_or_discard, open_or_make_table
from penstock.data.iceberg.naming import (
    check_options,
    table_identifier,
    without_reading_options,
)
from penstock.data.iceberg.writing import (
    parquet_batches,
    parquet_schema,
    write_data_files,
)
from penstock.data.sinks.iceberg.reading import read_days
from penstock.data.sinks.iceberg.runs import files_of_run, holds_exactly
from penstock.data.sinks.port import DAY_COLUMN, RUN_COLUMN, Publication, Published
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

RUN_PROPERTY = "penstock.run"
"""Of a snapshot: the run that it published."""
MODES = ("overwrite", "append")


@dataclass(frozen=True, slots=True)
class IcebergTable:
    """A table of a catalog, partitioned by day when it is made here.

    A run's rows take the place of those that it published before, in one commit and one snapshot.
    With `?mode=append`, a run whose rows are there as they are commits nothing, so that readers of
    increments see each run once; where they differ it replaces them, as without.
    """

    address: Address

    def publish(self, publication: Publication) -> Published:
        """Write the rows of a run in the place of those that it wrote before; see `Sink`.

        A killed call leaves at most data files that no snapshot names.
        """
        mode = self._mode()
        columns = _with_run(parquet_schema([publication.rows]), str(self.address))
        with opened_catalog(self.address, create=True) as catalog:
            table = open_or_make_table(
                catalog,
                table_identifier(self.address),
                stored_schema(columns),
                partition_by=DAY_COLUMN,
                # Whole, so that the files of a run are told without reading them.
                properties={f"write.metadata.metrics.column.{RUN_COLUMN}": "full"},
            )
            check_fit(columns, table, str(self.address))
            if mode == "overwrite" or not self._is_published(table, publication):
                _Publishing(catalog, table, publication).run()
        return Published(self._place(), _count_rows(publication.rows))

    def read(self, *, first_day: date | None = None, last_day: date | None = None) -> pa.Table:
        """Return the published rows of these days; see `Sink`."""
        import pyarrow as pa

        self._mode()
        local = self.address.scheme == "iceberg+sqlite"
        if local and not (Path(self.address.place) / CATALOG_FILE).exists():
            return pa.table({})
        with opened_catalog(self.address) as catalog:
            identifier = table_identifier(self.address)
            if not catalog.table_exists(identifier):
                return pa.table({})
            return read_days(catalog.load_table(identifier), first_day, last_day)

    def _is_published(self, table: Table, publication: Publication) -> bool:
        with tempfile.TemporaryDirectory(prefix=".publish-") as scratch:
            return holds_exactly(table, publication, Path(scratch), str(self.address))

    def _mode(self) -> str:
        check_options(self.address, "mode")
        mode = self.address.options.get("mode", MODES[0])
        if mode not in MODES:
            raise DataError(
                Problem(
                    f"the mode {mode!r} is unknown.",
                    str(self.address),
                    f"Use one of: {', '.join(MODES)}.",
                )
            )
        return mode

    def _place(self) -> str:
        return str(without_reading_options(self.address))


@dataclass(frozen=True, slots=True)
class _Publishing:
    """One run on its way into the table."""

    catalog: Catalog
    table: Table
    publication: Publication

    def run(self) -> None:
        new = write_data_files(self.table, parquet_batches([self.publication.rows]), self._add_run)
        written = list(new)

        def plan(table: Table) -> Change | None:
            old = files_of_run(table, self.publication.run)
            written.extend(old.rewritten)
            summary = {RUN_PROPERTY: self.publication.run}
            return Change([*old.rewritten, *new], old.removed, summary) if old or new else None

        identifier = self.table.name()
        commit_or_discard(lambda: self.catalog.load_table(identifier), plan, written)

    def _add_run(self, chunk: pa.Table) -> pa.Table:
        import pyarrow as pa

        run = pa.repeat(pa.scalar(self.publication.run, pa.string()), len(chunk))
        day = pa.repeat(pa.scalar(self.publication.day, pa.date32()), len(chunk))
        return chunk.append_column(RUN_COLUMN, run).append_column(DAY_COLUMN, day)


def _with_run(columns: pa.Schema, where: str) -> pa.Schema:
    import pyarrow as pa

    taken = [name for name in (RUN_COLUMN, DAY_COLUMN) if name in columns.names]
    if taken:
        raise DataError(
            [
                Problem(
                    f"the rows have a column {name!r}, which the sink adds.", where, "Rename it."
                )
                for name in taken
            ]
        )
    first = [pa.field(RUN_COLUMN, pa.string()), pa.field(DAY_COLUMN, pa.date32())]
    return pa.schema([*first, *columns])


def _count_rows(file: Path) -> int:
    import pyarrow.parquet as pq

    rows: int = pq.read_metadata(file).num_rows
    return rows

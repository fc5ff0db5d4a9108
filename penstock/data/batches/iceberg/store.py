"""Appends batches to Iceberg tables, each batch once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.data.iceberg.catalog import CATALOG_FILE, opened_catalog
from penstock.data.iceberg.columns import check_fit, stored_schema
from penstock.data.iceberg.committing import Change, commit_or_discard, open_or_make_table
from penstock.data.iceberg.naming import READING_OPTIONS, check_options, table_identifier
from penstock.data.iceberg.snapshots import is_ancestor
from penstock.data.iceberg.writing import (
    parquet_batches,
    parquet_schema,
    write_data_files,
)

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

BATCH_PROPERTY = "penstock.batch"
"""Of a snapshot: the batch that it appended."""
BATCHES_PROPERTY = "penstock.batches"
"""Of a table: its batches in order, as JSON; it outlives the snapshots, which expire."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch in a table's list of them.

    Attributes:
        batch: Its name.
        snapshot: Id of the snapshot that appended it.
        tables: Every table of the batch.
        rows: Rows appended to this one.
    """

    batch: str
    snapshot: int
    tables: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class IcebergStore:
    """The tables of a catalog, or the one table that the address names.

    A batch reaches its tables one after the other, as no catalog commits to several at once; it
    counts as there when the last one has it, and appending it again goes on with those that have
    it not. Tables are named `namespace.table`, or `table` in the namespace `main`; the empty name
    is the address's table.
    """

    address: Address

    def batches(self) -> Sequence[str]:
        """Return the names of the batches that are there as a whole, in the order they came."""
        check_options(self.address, *READING_OPTIONS)
        if self._is_new():
            return []
        with opened_catalog(self.address) as catalog:
            found = {
                ".".join(identifier): entries_of(catalog.load_table(identifier))
                for identifier in self._tables(catalog)
            }
        names = {table: {entry.batch for entry in entries} for table, entries in found.items()}
        whole = (
            entry.batch
            for entries in sorted(found.values(), key=len, reverse=True)
            for entry in entries
            if all(entry.batch in names.get(table, ()) for table in entry.tables)
        )
        return list(dict.fromkeys(whole))

    def append(self, batch: str, tables: Mapping[str, Sequence[Path]]) -> int:
        """Append a batch to its tables; a batch that is there is not appended again.

        Returns:
            The rows appended now; 0 for a batch that was there.

        Raises:
            DataError: The rows do not fit the table: columns or types. Nothing is appended then.
            ServiceError: The catalog refused or could not be reached.
            WorkError: The disk is full or may not be written.
        """
        check_options(self.address, *READING_OPTIONS)
        with opened_catalog(self.address, create=True) as catalog:
            opened = {self._identifier(name): list(files) for name, files in sorted(tables.items())}
            ready = [self._open(catalog, name, files) for name, files in opened.items()]
            members = tuple(".".join(identifier) for identifier in opened)
            appends = (
                Append(catalog, table, batch, members, files)
                for table, files in zip(ready, opened.values(), strict=True)
            )
            return sum(append.run() for append in appends)

    def _open(self, catalog: Catalog, identifier: tuple[str, ...], files: Sequence[Path]) -> Table:
        columns = parquet_schema(files)
        table = open_or_make_table(catalog, identifier, stored_schema(columns))
        check_fit(columns, table, str(self.address.with_table(".".join(identifier))))
        return table

    def _identifier(self, name: str) -> tuple[str, ...]:
        return table_identifier(self.address.with_table(name) if name else self.address)

    def _tables(self, catalog: Catalog) -> list[tuple[str, ...]]:
        if self.address.table:
            identifier = table_identifier(self.address)
            return [identifier] if catalog.table_exists(identifier) else []
        return [
            table
            for namespace in sorted(catalog.list_namespaces())
            for table in sorted(catalog.list_tables(namespace))
        ]

    def _is_new(self) -> bool:
        local = self.address.scheme == "iceberg+sqlite"
        return local and not (Path(self.address.place) / CATALOG_FILE).exists()


@dataclass(frozen=True, slots=True)
class Append:
    """One batch on its way into one table."""

    catalog: Catalog
    table: Table
    batch: str
    members: tuple[str, ...]
    files: Sequence[Path]

    def run(self) -> int:
        """Append the batch unless it is there; return the rows appended."""
        if self._is_there(self.table):
            return 0
        written = write_data_files(self.table, parquet_batches(self.files))
        rows = sum(file.record_count for file in written)

        def plan(table: Table) -> Change | None:
            return None if self._is_there(table) else self._change(table, written, rows)

        identifier = self.table.name()
        if commit_or_discard(lambda: self.catalog.load_table(identifier), plan, written):
            return rows
        return 0

    def _change(self, table: Table, written: Sequence[DataFile], rows: int) -> Change:
        def properties(snapshot: int) -> Mapping[str, str]:
            entry = Entry(self.batch, snapshot, self.members, rows)
            entries = [asdict(each) for each in (*entries_of(table), entry)]
            return {BATCHES_PROPERTY: json.dumps(entries)}

        return Change(written, summary={BATCH_PROPERTY: self.batch}, properties=properties)

    def _is_there(self, table: Table) -> bool:
        return any(entry.batch == self.batch for entry in entries_of(table))


def entries_of(table: Table) -> list[Entry]:
    """Return the batches of a table in order, without those that a rollback took away."""
    listed = json.loads(table.properties.get(BATCHES_PROPERTY, "[]"))
    entries = [Entry(**{**entry, "tables": tuple(entry["tables"])}) for entry in listed]
    current = table.metadata.current_snapshot()

    def is_kept(entry: Entry) -> bool:
        snapshot = table.metadata.snapshot_by_id(entry.snapshot)
        if snapshot is None or current is None:
            return snapshot is None
        return is_ancestor(table, snapshot, current) is not False

    return [entry for entry in entries if is_kept(entry)]

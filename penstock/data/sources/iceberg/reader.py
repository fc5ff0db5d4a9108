"""Reads a snapshot of an Iceberg table, or what was appended between two of them."""

# ruff: noqa: S608  # names are quoted and values are literals of the address and the request

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.data.address import Address
from penstock.data.iceberg.catalog import load_table, opened_catalog
from penstock.data.iceberg.live import difference, live_files
from penstock.data.iceberg.naming import (
    READING_OPTIONS,
    check_options,
    without_reading_options,
)
from penstock.data.iceberg.snapshots import chosen_snapshots, schema_at, time_of
from penstock.data.lineage import Lineage
from penstock.data.sources.attaching import describe
from penstock.data.sources.iceberg.columns import Period, pick_columns, quote_name
from penstock.data.sources.iceberg.files import DataFiles
from penstock.data.sources.iceberg.increment import Increment
from penstock.data.sources.table import EVERYTHING, Request, SourceTable
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table
    from pyiceberg.types import NestedField


@dataclass(frozen=True, slots=True)
class IcebergTable:
    """A table of a catalog: `iceberg+sqlite:///FOLDER?snapshot=ID&since=ID#namespace.table`.

    Without `snapshot` the current one is read; with `since`, only the rows that were added after
    that one. Columns bear the names that they had at the snapshot.
    """

    address: Address

    def attach(self, connection: Any, scratch: Path, request: Request = EVERYTHING) -> SourceTable:
        """Make the rows known to a DuckDB connection; see `Source`.

        A table of which nothing was ever committed has no rows.

        Raises:
            DataError: The catalog, the table or the snapshot is not there, a file of the table is
                missing or half written, or the increment cannot be told.
            ServiceError: The catalog or its store refused or could not be reached.
        """
        check_options(self.address, *READING_OPTIONS)
        with opened_catalog(self.address) as catalog:
            table = load_table(catalog, self.address)
            return self._attach(table, connection, scratch, request)

    def _attach(
        self, table: Table, connection: Any, scratch: Path, request: Request
    ) -> SourceTable:
        where = str(self.address)
        snapshot, since = chosen_snapshots(table, self.address)
        schema = schema_at(table, snapshot)
        fields = pick_columns(schema, request.columns)
        if not fields:
            raise self._no_columns(schema, request.columns or ())
        data = DataFiles(connection, scratch, table, where)
        period = Period.of(schema, request.time_column, request.start, request.end)
        history = ""
        if since is None:
            files = live_files(table, snapshot, period.planning_filter(table))
            relation = data.relation(files, _with(fields, period), period.condition())
        else:
            before = live_files(table, since)
            changed = difference(before, live_files(table, snapshot))
            increment = Increment(data, changed, schema.fields)
            relation = increment.relation(_with(fields, period), period.condition())
            start = _history_start(connection, relation, request, period)
            past = Period(period.field, start)
            kept = live_files(table, since, past.planning_filter(table))
            history = _only(fields, data.relation(kept, _with(fields, past), past.condition()))
        relation = _only(fields, relation)
        lineage = Lineage(
            str(without_reading_options(self.address)),
            snapshot_from=str(since.snapshot_id) if since else "",
            snapshot_to=str(snapshot.snapshot_id) if snapshot else "",
            snapshot_time=time_of(snapshot) if snapshot else "",
        )
        return SourceTable(
            relation, describe(connection, relation), history=history, lineage=lineage
        )

    def _no_columns(self, schema: Schema, wanted: Sequence[str]) -> DataError:
        return DataError(
            Problem(
                f"the table has none of the columns {', '.join(wanted)}.",
                str(self.address),
                f"It has: {', '.join(field.name for field in schema.fields)}.",
            )
        )


def _with(fields: Sequence[NestedField], period: Period) -> list[NestedField]:
    """Add the column of a period, which its condition names."""
    more = [period.field] if period.field is not None and period.field not in fields else []
    return [*fields, *more]


def _only(fields: Sequence[NestedField], relation: str) -> str:
    names = ", ".join(quote_name(field.name) for field in fields)
    return f"(SELECT {names} FROM {relation})"


def _history_start(
    connection: Any, relation: str, request: Request, period: Period
) -> datetime | None:
    """Return the instant, UTC without a zone, at which the history of an increment begins."""
    if request.history_days is None or period.field is None:
        return None
    name = quote_name(period.field.name)
    utc = f"{name} AT TIME ZONE 'UTC'" if str(period.field.field_type) == "timestamptz" else name
    first: datetime | None = connection.execute(
        f"SELECT CAST(min({utc}) AS TIMESTAMP) FROM {relation}"
    ).fetchall()[0][0]
    if first is None:
        return None
    return first - timedelta(days=request.history_days)

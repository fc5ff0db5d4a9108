"""Reads a table of a relational database."""

# ruff: noqa: S608  # names are quoted

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.data.address import Address
from penstock.data.database.names import qualified, quote
from penstock.data.database.opening import connected, shown
from penstock.data.lineage import Lineage
from penstock.data.sources.attaching import describe, quote_text
from penstock.data.sources.sql.kinds import kind_of_column
from penstock.data.sources.table import EVERYTHING, Request, SourceTable
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table or view: `postgresql://user@host/database#schema.table`, `sqlite:////file#table`."""

    address: Address

    def attach(self, connection: Any, scratch: Path, request: Request = EVERYTHING) -> SourceTable:
        """Make the rows known to a DuckDB connection; see `Source`.

        Columns and times are chosen by the database. The rows are streamed to Parquet in `scratch`
        once, out of one transaction, because they are looked at more than once.
        """
        where = shown(self.address)
        file = scratch / "rows.parquet"
        with connected(self.address) as database:
            found = self._columns(database, where)
            wanted = {
                name: kind
                for name, kind in found.items()
                if request.columns is None or name in request.columns
            }
            if not wanted:
                raise DataError(
                    Problem(
                        f"the table has none of the columns {', '.join(request.columns or ())}.",
                        where,
                        f"It has: {', '.join(found)}.",
                    )
                )
            if self.address.scheme == "sqlite":
                from penstock.data.sources.sql.sqlite import stream_rows
            else:
                from penstock.data.sources.sql.postgresql import stream_rows
            stream_rows(database, self.address.table, wanted, request, file)
        relation = f"read_parquet({quote_text(str(file))})"
        return SourceTable(relation, describe(connection, relation), lineage=Lineage(where))

    def newest(self, column: str) -> datetime | None:
        """Return the greatest time of a column, UTC without a zone; None for no row.

        Times that name no zone are taken as they are.
        """
        query = f"SELECT max({quote(column)}) FROM {qualified(self.address.table)}"
        where = shown(self.address)
        with connected(self.address) as database:
            found = self._columns(database, where)
            if column not in found:  # SQLite would take the name for a text.
                what = f"the table has no column {column!r}."
                raise DataError(Problem(what, where, f"It has: {', '.join(found)}."))
            value = database.exec_driver_sql(query).scalar()
        if value is None or isinstance(value, datetime):
            return _utc(value)
        try:
            return _utc(datetime.fromisoformat(str(value)))
        except ValueError:
            what = f"the column {column!r} holds no times: {value!r}."
            raise DataError(Problem(what, where, "Name another column.")) from None

    def _columns(self, database: Connection, where: str) -> Mapping[str, str]:
        import sqlalchemy

        schema, _, table = self.address.table.rpartition(".")
        inspector = sqlalchemy.inspect(database)
        try:
            described = inspector.get_columns(table, schema or None)
        except sqlalchemy.exc.NoSuchTableError as error:
            there = [
                *inspector.get_table_names(schema or None),
                *inspector.get_view_names(schema or None),
            ]
            listed = ", ".join(sorted(there)) or "none"
            raise DataError(
                Problem("there is no such table.", where, f"There are: {listed}.")
            ) from error
        return {each["name"]: kind_of_column(each["type"]) for each in described}


def _utc(instant: datetime | None) -> datetime | None:
    if instant is None or instant.tzinfo is None:
        return instant
    return instant.astimezone(UTC).replace(tzinfo=None)

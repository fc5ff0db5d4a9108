"""What every source of rows offers, whatever store it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from penstock.data.lineage import Lineage


@dataclass(frozen=True, slots=True)
class Request:
    """Which part of a source is wanted. A store that can filter does; others give more.

    Attributes:
        columns: Names in the store; None: all. One that is absent is no error here.
        time_column: Name in the store of the column that `start` and `end` speak of.
        start: Rows from this instant on, UTC without a zone; None: from the first.
        end: Rows before this instant; None: to the last.
        history_days: Where the source is an increment: how many days before its earliest row the
            rows of `SourceTable.history` begin; None: with the first row there is.
    """

    columns: Sequence[str] | None = None
    time_column: str = ""
    start: datetime | None = None
    end: datetime | None = None
    history_days: int | None = None


EVERYTHING = Request()


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Rows that a DuckDB connection can query.

    Attributes:
        relation: SQL that may stand after FROM.
        columns: DuckDB's type of each column, in the order of the source.
        rejects: SQL that may stand after FROM, with the columns `line_text` and `reason`: lines
            that could not be taken apart into columns; empty where a store has no such thing.
        history: SQL that may stand after FROM: rows that stood there before an increment, with the
            same columns, for features that look back; empty where `relation` is no increment.
        lineage: Table and snapshots; the facts about the rows are for the reader to fill in.
    """

    relation: str
    columns: Mapping[str, str]
    rejects: str = ""
    history: str = ""
    lineage: Lineage = field(default_factory=lambda: Lineage(""))


class Source(Protocol):
    """A place with rows."""

    def attach(self, connection: Any, scratch: Path, request: Request = EVERYTHING) -> SourceTable:
        """Make the rows known to a DuckDB connection.

        Args:
            connection: An open `duckdb.DuckDBPyConnection`.
            scratch: Folder for files that are needed while the connection is open.
            request: Which part is wanted.

        Raises:
            DataError: There is nothing to read at this place, it is of another format, or an
                increment cannot be told.
            ServiceError: The store refused or could not be reached.
        """

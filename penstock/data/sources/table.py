"""What every source of rows offers, whatever store it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Rows that a DuckDB connection can query.

    Attributes:
        relation: SQL that may stand after FROM.
        columns: DuckDB's type of each column, in the order of the source.
        rejects: SQL that may stand after FROM, with the columns `line_text` and `reason`: lines
            that could not be taken apart into columns; empty where a store has no such thing.
    """

    relation: str
    columns: Mapping[str, str]
    rejects: str = ""


class Source(Protocol):
    """A place with rows."""

    def attach(self, connection: Any, scratch: Path) -> SourceTable:
        """Make the rows known to a DuckDB connection.

        Args:
            connection: An open `duckdb.DuckDBPyConnection`.
            scratch: Folder for files that are needed while the connection is open.

        Raises:
            DataError: There is nothing to read at this place, or it is of another format.
            ServiceError: The store refused or could not be reached.
        """

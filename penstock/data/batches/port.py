"""Tables that grow by batches, as new data arrive in real life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    """A store of tables that batches are appended to."""

    def batches(self) -> Sequence[str]:
        """Return the names of the batches that are there as a whole, in the order they came.

        Raises:
            ServiceError: The store refused or could not be reached.
        """

    def append(self, batch: str, tables: Mapping[str, Sequence[Path]]) -> int:
        """Append a batch, all of its tables or none; a batch that is there is not appended again.

        Args:
            batch: Its name, such as the day `2018-08-15`.
            tables: Parquet files by table; a table that is not there is made.

        Returns:
            The rows appended; 0 for a batch that was there.

        Raises:
            DataError: The rows do not fit the table: columns or types.
            ServiceError: The store refused or could not be reached.
            WorkError: The disk is full or may not be written.
        """

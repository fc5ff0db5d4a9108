"""Rows that are in memory already, for everything that takes `Rows`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from components.training.rows import BATCH_ROWS, Rows

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class TableRows(Rows):
    """An Arrow table; `folders` says where it came from, for messages."""

    table: "pa.Table"

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """None: the rows are here."""
        return ()

    @cached_property
    def count(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @cached_property
    def types(self) -> dict[str, str]:
        """Type of each column by name."""
        return {field.name: str(field.type) for field in self.table.schema}

    def followed_by(self, other: Rows) -> "TableRows":
        """Return these rows and then the other's."""
        import pyarrow as pa

        added = other.table if isinstance(other, TableRows) else None
        if added is None:
            added = pa.Table.from_batches(other.batches(self.table.schema.names))
        return TableRows(self.folders, pa.concat_tables([self.table, added]))

    def batches(self, columns: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        """Yield record batches of these columns."""
        yield from self.table.select(list(columns)).to_batches(BATCH_ROWS)

    def column(self, name: str) -> "pa.ChunkedArray":
        """Return one column, shape (count,)."""
        return self.table.column(name)

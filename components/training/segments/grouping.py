"""Rows of a dataset by segment: sorted once, then every segment is a slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from components.training.rows import Rows
from components.training.segments.values import rows_by_value
from components.training.table_rows import TableRows
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows with those of a segment side by side, each segment's in their old order.

    Attributes:
        place: Where they came from, for messages.
        column: The segment column.
        table: The rows.
        slices: First row and number of rows of each segment, by name; rows without a segment stand
            at the end and in none of them.
    """

    place: Path
    column: str
    table: "pa.Table"
    slices: Mapping[str, tuple[int, int]]

    def of(self, segment: str) -> TableRows:
        """Return the rows of one segment; none where it has none."""
        place = Path(f"{self.place} ({self.column} {segment})")
        return TableRows((place,), self.table.slice(*self.slices.get(segment, (0, 0))))

    def of_all(self, segments: Sequence[str]) -> TableRows:
        """Return the rows of several segments, one after the other."""
        import pyarrow as pa

        parts = [self.table.slice(*self.slices.get(each, (0, 0))) for each in segments]
        return TableRows((self.place,), pa.concat_tables([self.table.slice(0, 0), *parts]))


def group(rows: Rows, segment: str, columns: Sequence[str]) -> Grouped:
    """Read columns into memory and bring the rows of each segment together.

    Args:
        rows: What to read.
        segment: The segment column.
        columns: What else is wanted; columns that the rows lack are left out.

    Raises:
        DataError: The segment column is missing.
    """
    import pyarrow as pa

    if rows.types and segment not in rows.types:
        raise DataError(
            Problem(
                f"the segment column {segment!r} is missing.",
                str(rows.folders[0]),
                f"The columns are: {', '.join(rows.types)}.",
            )
        )
    if not rows.types:
        return Grouped(rows.folders[0], segment, pa.table({segment: pa.array([], "string")}), {})
    wanted = [each for each in dict.fromkeys([segment, *columns]) if each in rows.types]
    whole = pa.Table.from_batches(list(rows.batches(wanted)) or [_empty(rows, wanted)])
    by_value = rows_by_value(whole.column(segment))
    named = sorted((name, found) for name, found in by_value if name is not None)
    unnamed = [found for name, found in by_value if name is None]
    slices: dict[str, tuple[int, int]] = {}
    start = 0
    for name, found in named:
        slices[name] = (start, len(found))
        start += len(found)
    order: npt.NDArray[np.int64] = np.concatenate(
        [np.empty(0, np.int64), *(found for _, found in named), *unnamed]
    )
    return Grouped(rows.folders[0], segment, whole.take(order).combine_chunks(), slices)


def _empty(rows: Rows, columns: Sequence[str]) -> "pa.RecordBatch":
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(rows.files[0])
    fields = [schema.field(name) for name in columns]
    return pa.RecordBatch.from_arrays(
        [pa.array([], f.type) for f in fields], schema=pa.schema(fields)
    )

"""Rows of a dataset as learners take them: batches of features out of Parquet, in file order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1 << 16

Matrix = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Rows:
    """The Parquet files of one or more folders, one after the other; order is part of the data."""

    folders: tuple[Path, ...]

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every Parquet file, by folder and then by path."""
        return tuple(
            file
            for folder in self.folders
            for file in ([folder] if folder.is_file() else sorted(folder.rglob("*.parquet")))
        )

    @cached_property
    def count(self) -> int:
        """Number of rows."""
        import pyarrow.parquet as pq

        return sum(pq.read_metadata(file).num_rows for file in self.files)

    @cached_property
    def types(self) -> dict[str, str]:
        """Type of each column by name; empty without files."""
        import pyarrow.parquet as pq

        if not self.files:
            return {}
        return {field.name: str(field.type) for field in pq.read_schema(self.files[0])}

    def check_features(self, features: Sequence[str]) -> None:
        """Refuse features that no learner here can take.

        Raises:
            DataError: A feature is missing or is no number; each is listed.
        """
        place = str(self.folders[0])
        problems = []
        for name in features:
            kind = self.types.get(name)
            if kind is None:
                problems.append(
                    Problem(
                        f"the feature {name!r} is missing.",
                        place,
                        f"The columns are: {', '.join(self.types) or 'none'}.",
                    )
                )
            elif not kind.startswith(("int", "uint", "float", "double", "halffloat", "bool")):
                problems.append(
                    Problem(
                        f"the feature {name!r} is of type {kind}, not a number.",
                        place,
                        "Turn it into numbers in the feature SQL.",
                    )
                )
        if problems:
            raise DataError(problems)

    def followed_by(self, other: "Rows") -> "Rows":
        """Return these rows and then the other's."""
        return Rows((*self.folders, *other.folders))

    def batches(self, columns: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        """Yield record batches of these columns."""
        import pyarrow.parquet as pq

        for file in self.files:
            with pq.ParquetFile(file, pre_buffer=False) as parquet:  # else the whole file stays
                yield from parquet.iter_batches(BATCH_ROWS, columns=list(columns))

    def column(self, name: str) -> "pa.ChunkedArray":
        """Return one column, shape (count,)."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        chunks = [pq.read_table(file, columns=[name]).column(0) for file in self.files]
        return pa.chunked_array([chunk for column in chunks for chunk in column.chunks])

    def matrix(self, features: Sequence[str], dtype: npt.DTypeLike) -> Matrix:
        """Return all features in memory, shape (count, n_features), NaN where one is missing."""
        filled = np.empty((self.count, len(features)), dtype=dtype)
        start = 0
        for batch in self.batches(features):
            fill(filled[start : start + batch.num_rows], batch)
            start += batch.num_rows
        return filled


def fill(block: Matrix, batch: "pa.RecordBatch") -> None:
    """Write a batch's columns into `block`, shape (batch rows, batch columns), NaN for nulls."""
    for index, column in enumerate(batch.columns):
        block[:, index] = _numbers(column)


def block_of(batch: "pa.RecordBatch", dtype: npt.DTypeLike) -> Matrix:
    """Return a batch as a new matrix, shape (batch rows, batch columns), NaN for nulls."""
    block = np.empty((batch.num_rows, batch.num_columns), dtype=dtype)
    fill(block, batch)
    return block


def _numbers(column: "pa.Array") -> npt.NDArray[Any]:
    import pyarrow as pa

    if pa.types.is_boolean(column.type) or (
        column.null_count and not pa.types.is_floating(column.type)
    ):
        column = column.cast(pa.float64() if column.type != pa.bool_() else pa.uint8())
        if column.null_count:
            column = column.cast(pa.float64())
    numbers: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return numbers

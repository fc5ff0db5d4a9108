"""Columns as codes: groups by first appearance, days as the use case counts them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from components.evaluation.statistic import Integers

if TYPE_CHECKING:
    import pyarrow as pa


def codes_of(column: "pa.ChunkedArray") -> Integers:
    """Return the code of each value from 0 in order of first appearance, shape (n_rows,)."""
    import pyarrow as pa

    codes = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    return codes.indices.to_numpy().astype(np.int64)  # type: ignore[no-any-return]


def days_of(column: "pa.ChunkedArray", time_zone: str) -> Integers:
    """Return the day of each timestamp as days since 1970-01-01 in `time_zone`, shape (n_rows,).

    A timestamp without a zone is in UTC.
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # Its functions are made at run time, out of checkers' sight.

    if pa.types.is_timestamp(column.type):
        if column.type.tz is None:
            column = pc.assume_timezone(column, "UTC")
        column = pc.local_timestamp(column.cast(pa.timestamp(column.type.unit, time_zone)))
    days = pc.cast(column, pa.date32(), safe=False).cast(pa.int32())
    return days.to_numpy().astype(np.int64)  # type: ignore[no-any-return]

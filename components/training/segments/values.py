"""Values of a segment column as text, and the rows of each."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa


def rows_by_value(
    column: "pa.Array | pa.ChunkedArray",
) -> list[tuple[str | None, npt.NDArray[np.int64]]]:
    """Return the row numbers of each value of a column, as text; None stands for a missing one.

    The values stand in the order of their first row, the numbers of each rise.
    """
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not len(whole):
        return []
    coded = as_text(whole).dictionary_encode(null_encoding="encode")
    codes = coded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable").astype(np.int64)
    names = coded.dictionary.to_pylist()
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    return [
        (name, order[start:end])
        for name, start, end in zip(names, [0, *ends[:-1].tolist()], ends.tolist(), strict=True)
        if end > start
    ]


def as_text(column: Any) -> Any:
    """Return the values of a segment column as text, as DuckDB writes them."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_boolean(column.type):
        return pa.array(
            [None if each is None else str(each).lower() for each in column.to_pylist()],
            pa.string(),
        )
    if pa.types.is_floating(column.type):
        return pa.array(
            [None if each is None else repr(float(each)) for each in column.to_pylist()],
            pa.string(),
        )
    return column.cast(pa.string())

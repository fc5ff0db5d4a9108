"""Arrow streams and Parquet files: columns by name; those that the model does not know are left."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from components.serving.schema import Schema
from penstock.contract.serving import RefusedRequestError

if TYPE_CHECKING:
    import pyarrow as pa

MOST_EXPANDED = 64
"""A body may be so many times larger once it is unpacked; a small one always up to 64 MB."""

_ALWAYS_BYTES = 64 << 20


def read_arrow(body: bytes, schema: Schema) -> "pa.Table":
    """Read an Arrow IPC stream.

    Raises:
        RefusedRequestError: It is damaged, lacks a column, has one of no number, or is too large
            (413).
    """
    import pyarrow as pa

    def batches() -> "Iterable[pa.RecordBatch]":
        with pa.ipc.open_stream(pa.BufferReader(body)) as stream:
            check_columns(stream.schema, schema)
            size = 0
            yield pa.RecordBatch.from_pylist([], schema=stream.schema).select(schema.columns)
            for batch in stream:
                size += batch.nbytes
                _check_size(size, len(body))
                batch.validate(full=True)
                yield batch.select(schema.columns)

    return _read(lambda: pa.Table.from_batches(batches()), "Arrow stream")


def read_parquet(body: bytes, schema: Schema) -> "pa.Table":
    """Read a Parquet file.

    Raises:
        RefusedRequestError: As in `read_arrow`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    def table() -> "pa.Table":
        with pq.ParquetFile(pa.BufferReader(body)) as file:
            check_columns(file.schema_arrow, schema)
            groups = range(file.metadata.num_row_groups)
            _check_size(sum(file.metadata.row_group(n).total_byte_size for n in groups), len(body))
            _check_size(file.metadata.num_rows * 8, len(body))
            return file.read(columns=list(schema.columns), use_threads=False)

    return _read(table, "Parquet file").select(schema.columns)


def check_columns(found: "pa.Schema", schema: Schema) -> None:
    """Refuse columns that the model cannot take; every one is named.

    Raises:
        RefusedRequestError: A column is missing, there twice, or holds no numbers.
    """
    import pyarrow as pa

    problems = []
    for name in schema.columns:
        places = found.get_all_field_indices(name)
        if len(places) != 1:
            problems.append(
                f"the column {name!r} is {'there more than once' if places else 'missing'}."
            )
            continue
        kind = found.field(places[0]).type
        numeric = (
            pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        )
        if not numeric and name != schema.segment:
            problems.append(f"the column {name!r} is of type {kind}, not a number.")
    if problems:
        raise RefusedRequestError("\n".join(problems))


def _read(read: Any, what: str) -> "pa.Table":
    import pyarrow as pa

    try:
        return read()
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        reason = str(error).partition("\n")[0][:200].rstrip(".")
        raise RefusedRequestError(
            f"the body is no {what}, or a damaged one: {reason}.", "Send it whole."
        ) from None


def _check_size(size: int, sent: int) -> None:
    limit = max(_ALWAYS_BYTES, MOST_EXPANDED * sent)
    if size > limit:
        raise RefusedRequestError(
            f"the body holds {size:,} bytes once it is unpacked, and {limit:,} are taken.",
            "Send fewer rows at a time.",
            status=413,
        )

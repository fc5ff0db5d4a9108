"""Personal data: columns that stay within the run."""

from collections.abc import Sequence
from pathlib import Path

from components.scoring.writing import write_batches
from penstock.use_case import UseCase


def withheld(use_case: UseCase, columns: Sequence[str]) -> list[str]:
    """Return the columns that are neither shown nor published: personal ones, but for the key.

    Without its key nobody could act on a decision.
    """
    personal = set(use_case.pii_columns) - set(use_case.key)
    return [each for each in columns if each in personal]


def without_personal(rows: Path, use_case: UseCase, folder: Path) -> Path:
    """Return the rows without the columns withheld: the same file where there are none.

    Raises:
        WorkError: The disk is full.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(rows, pre_buffer=False) as parquet:
        schema = parquet.schema_arrow
        hidden = withheld(use_case, schema.names)
        if not hidden:
            return rows
        kept = [each for each in schema.names if each not in hidden]
        target = folder / "published.parquet"
        fields = pa.schema([schema.field(each) for each in kept])
        write_batches(parquet.iter_batches(columns=kept), fields, target)
        return target

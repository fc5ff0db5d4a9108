"""A database whose tables grow by batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.data.database.opening import connected, shown
from penstock.data.database.writing import ensure_table, insert
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy.engine import Connection

RECORD = "penstock_batches"
"""Table of the batches that are there, written in the same transaction as their rows."""


@dataclass(frozen=True, slots=True)
class SqlStore:
    """A database: `postgresql://user@host/database`, `sqlite:////file`.

    The key "" means the table that the address names.
    """

    address: Address

    def batches(self) -> Sequence[str]:
        """Return the names of the batches, in the order they came; see `Store`."""
        from pathlib import Path as File

        if self.address.scheme == "sqlite" and not File(self.address.place).is_file():
            return []
        with connected(self.address) as database:
            return _recorded(database)

    def append(self, batch: str, tables: Mapping[str, Sequence[Path]]) -> int:
        """Append a batch in one transaction; see `Store`."""
        import pyarrow as pa
        import pyarrow.parquet as pq
        import sqlalchemy

        where = shown(self.address)
        rows = 0
        with connected(self.address, writing=True) as database:
            record = pa.schema(
                [("batch", pa.string()), ("place", pa.int64()), ("rows", pa.int64())]
            )
            ensure_table(database, RECORD, record, where)
            known = _recorded(database)
            if batch in known:
                return 0
            for name, files in tables.items():
                table = name or self.address.table
                if not table:
                    what = "the address names no table, and the batch does not either."
                    raise DataError(Problem(what, where, "Write it behind #, such as #telemetry."))
                if not files:
                    continue
                try:
                    schema = pq.read_schema(files[0])
                except (OSError, pa.ArrowInvalid) as error:
                    raise DataError(
                        Problem(
                            f"the rows cannot be read: {error}.", str(files[0]), "Write it anew."
                        )
                    ) from error
                ensure_table(database, table, schema, f"{where} ({table})")
                rows += insert(database, table, _batches(files))
            database.execute(
                sqlalchemy.text(f"INSERT INTO {RECORD} VALUES (:batch, :place, :rows)"),  # noqa: S608  # a constant
                {"batch": batch, "place": len(known), "rows": rows},
            )
        return rows


def _recorded(database: Connection) -> list[str]:
    import sqlalchemy

    if not sqlalchemy.inspect(database).has_table(RECORD):
        return []
    found = database.execute(sqlalchemy.text(f"SELECT batch FROM {RECORD} ORDER BY place"))  # noqa: S608  # a constant
    return [str(batch) for (batch,) in found]


def _batches(files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    for file in files:
        with pq.ParquetFile(file) as parquet:
            yield from parquet.iter_batches()

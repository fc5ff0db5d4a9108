"""A folder whose tables grow by files, one a batch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.data.address import Address
from penstock.data.tree import aside_name
from penstock.errors import DataError, Problem, WorkError

RECORD = "_batches.json"
"""The batches that are there as a whole, in the order they came."""


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of Parquet files for each table; the key "" means the folder itself.

    A process that is killed while it renames may leave files of a batch that is not recorded yet;
    appending the batch again replaces them.
    """

    address: Address

    def batches(self) -> Sequence[str]:
        """Return the names of the batches; see `Store`."""
        file = self._folder / RECORD
        if not file.is_file():
            return []
        try:
            return [str(batch) for batch in json.loads(file.read_bytes())]
        except (ValueError, TypeError) as error:
            raise DataError(
                Problem("the record of batches is damaged.", str(file), "Load the data anew.")
            ) from error

    def append(self, batch: str, tables: Mapping[str, Sequence[Path]]) -> int:
        """Append a batch, recorded once all its files are there; see `Store`."""
        known = list(self.batches())
        if batch in known:
            return 0
        rows = sum(_rows(file) for files in tables.values() for file in files)
        staged: list[tuple[Path, Path]] = []
        placed: list[Path] = []
        try:
            for table, files in tables.items():
                folder = self._folder / table
                folder.mkdir(parents=True, exist_ok=True)
                for index, file in enumerate(files):
                    name = f"{batch}.parquet" if len(files) == 1 else f"{batch}-{index:04d}.parquet"
                    staged.append((aside_name(folder / name), folder / name))
                    shutil.copyfile(file, staged[-1][0])
            for aside, target in staged:
                aside.replace(target)
                placed.append(target)
            self._record([*known, batch])
        except BaseException as error:
            for left in (*placed, *(aside for aside, _ in staged)):
                left.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            raise WorkError(
                Problem(
                    f"the batch cannot be written: {error.strerror or error}.",
                    str(error.filename2 or error.filename or self._folder),
                    "Free disk space, or check the rights. The batches before it are unchanged.",
                )
            ) from error
        return rows

    def _record(self, batches: Sequence[str]) -> None:
        record = self._folder / RECORD
        aside = aside_name(record)
        try:
            aside.write_text(json.dumps(batches), encoding="utf-8")
            aside.replace(record)
        finally:
            aside.unlink(missing_ok=True)

    @property
    def _folder(self) -> Path:
        return Path(self.address.place)


def _rows(file: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(file).num_rows)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(
            Problem(f"the rows cannot be read: {error}.", str(file), "Write it anew.")
        ) from error

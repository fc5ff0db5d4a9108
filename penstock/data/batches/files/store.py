"""A folder whose tables grow by files, one a batch."""

from __future__ import annotations

import json
import os
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
    """A folder of Parquet files for each table; the key "" means the folder itself."""

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
        import pyarrow.parquet as pq

        known = list(self.batches())
        if batch in known:
            return 0
        rows = 0
        try:
            for table, files in tables.items():
                folder = self._folder / table
                folder.mkdir(parents=True, exist_ok=True)
                for index, file in enumerate(files):
                    name = f"{batch}.parquet" if len(files) == 1 else f"{batch}-{index:04d}.parquet"
                    rows += pq.read_metadata(file).num_rows
                    aside = aside_name(folder / name)
                    try:
                        shutil.copyfile(file, aside)
                        aside.replace(folder / name)
                    finally:
                        aside.unlink(missing_ok=True)
            record = self._folder / RECORD
            aside = aside_name(record)
            aside.write_text(json.dumps([*known, batch]), encoding="utf-8")
            os.replace(aside, record)  # noqa: PTH105  # over the one before
        except OSError as error:
            raise WorkError(
                Problem(
                    f"the batch cannot be written: {error.strerror or error}.",
                    str(error.filename or self._folder),
                    "Free disk space, or check the rights.",
                )
            ) from error
        return rows

    @property
    def _folder(self) -> Path:
        return Path(self.address.place)

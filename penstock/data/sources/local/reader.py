"""Reads a file, a folder or a glob of this machine."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.data.sources.attaching import attach_files
from penstock.data.sources.formats import choose_files
from penstock.data.sources.table import EVERYTHING, Request, SourceTable
from penstock.errors import DataError, Problem


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """Parquet or CSV files on this machine."""

    path: str
    file_format: str = "auto"

    def attach(
        self,
        connection: Any,
        scratch: Path,  # noqa: ARG002  # the port's
        request: Request = EVERYTHING,  # noqa: ARG002  # DuckDB reads what a query needs
    ) -> SourceTable:
        """Make the rows known to a DuckDB connection; see `Source`."""
        files, file_format = choose_files(self._list(), self.file_format, self.path)
        return attach_files(connection, files, file_format, self.path)

    def _list(self) -> list[str]:
        path = Path(self.path).expanduser()
        if path.is_dir():
            below = [
                file
                for file in path.rglob("*")
                if file.is_file()
                and not any(part.startswith(("_", ".")) for part in file.relative_to(path).parts)
            ]
            return [str(file) for file in below]
        if path.is_file():
            return [str(path)]
        if glob.has_magic(str(path)):
            return [file for file in glob.glob(str(path), recursive=True) if Path(file).is_file()]  # noqa: PTH207  # absolute patterns
        raise DataError(
            Problem("the source does not exist.", self.path, "Give a file, folder or glob.")
        )

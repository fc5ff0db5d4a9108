"""Reads an object, a prefix or a glob of S3."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.data.sources.attaching import attach_files
from penstock.data.sources.formats import choose_files
from penstock.data.sources.s3 import client
from penstock.data.sources.table import EVERYTHING, Request, SourceTable


@dataclass(frozen=True, slots=True)
class S3Files:
    """Parquet or CSV objects."""

    uri: str
    file_format: str = "auto"

    def attach(
        self,
        connection: Any,
        scratch: Path,
        request: Request = EVERYTHING,  # noqa: ARG002  # DuckDB reads what a query needs
    ) -> SourceTable:
        """Make the rows known to a DuckDB connection; see `Source`.

        The objects are streamed to `scratch` once, because the rows are looked at more than once.
        """
        store = client.connect()
        listed = client.list_objects(store, self.uri)
        client.check_one_meaning(self.uri, listed)
        objects, file_format = choose_files(listed, self.file_format, self.uri)
        files = []
        for index, name in enumerate(objects):
            file = scratch / f"{index:06d}-{Path(name).name}"
            with (
                file.open("wb") as copy,
                client.translated(f"s3://{name}"),
                store.open_input_stream(name) as stream,
            ):
                shutil.copyfileobj(stream, copy, 8 << 20)
            files.append(str(file))
        return attach_files(connection, files, file_format, self.uri)

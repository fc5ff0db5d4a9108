"""Data files of a table as a relation of DuckDB.

DuckDB reads them where they lie, by field id, which is right through every change of the schema.
What it cannot read so (rows deleted by delete files, files without field ids, nested columns) is
streamed through pyiceberg into Parquet below `scratch`, one data file at a time.
"""

# ruff: noqa: S608  # names are quoted and values are literals of the address and the request

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from penstock.data.iceberg.live import LiveFile
from penstock.data.sources.attaching import quote_text
from penstock.data.sources.iceberg.columns import duckdb_type, field_map, quote_name
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.types import NestedField

_COPY_BYTES = 8 << 20
_COPIES_AT_ONCE = 8
_PATTERN_SIGNS = frozenset("*?[]{}")
"""DuckDB takes a path with one of these for a pattern of several."""


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Makes relations of a table's data files.

    Attributes:
        connection: An open `duckdb.DuckDBPyConnection`.
        scratch: Folder for what has to be copied; it outlives the relations.
        table: The table.
        where: Its address, for messages.
        remedy: What helps where a file cannot be read.
    """

    connection: Any
    scratch: Path
    table: Table
    where: str
    remedy: str = "Restore it, or delete it from the table and append its rows again."

    def relation(
        self, files: Sequence[LiveFile], fields: Sequence[NestedField], condition: str = "true"
    ) -> str:
        """Return SQL that may stand after FROM: the live rows of the files.

        Args:
            files: Which files.
            fields: Which columns, which the condition may name.
            condition: Which rows, as SQL.

        Raises:
            DataError: A file is gone, or not the one that was committed.
        """
        names = ", ".join(quote_name(field.name) for field in fields)
        own = self._read_by_field_id(files, fields)
        parts = [
            f"SELECT {names} FROM read_parquet([{_listed(own.values())}], "
            f"schema = {field_map(fields)})"
        ]
        others = [self._through_pyiceberg(f, fields) for f in files if f.content not in own]
        if others:
            parts.append(f"SELECT {names} FROM read_parquet([{_listed(others)}])")
        if not own:
            parts[0] = f"{_nothing(fields)}"
        return f"(SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE {condition})"

    def _read_by_field_id(
        self, files: Sequence[LiveFile], fields: Sequence[NestedField]
    ) -> dict[tuple[str, tuple[str, ...]], str]:
        if any(not duckdb_type(field) or field.initial_default is not None for field in fields):
            return {}
        plain = [file for file in files if not file.deletes and _is_parquet(file)]
        with ThreadPoolExecutor(_COPIES_AT_ONCE) as copying:
            places = dict(
                zip((f.content for f in plain), copying.map(self._local, plain), strict=True)
            )
        lacking = self._without_field_ids(list(places.values()))
        return {content: place for content, place in places.items() if place not in lacking}

    def _without_field_ids(self, places: Sequence[str]) -> set[str]:
        if not places:
            return set()
        import duckdb

        try:
            # The first row of a file's schema is its root, which never has an id.
            found = self.connection.execute(
                "SELECT file_name FROM parquet_schema([" + _listed(places) + "]) "
                "GROUP BY file_name HAVING count(*) - count(field_id) > 1"
            ).fetchall()
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            reason = str(error).splitlines()[0]
            raise DataError(
                Problem(f"a file of the table cannot be read: {reason}", self.where, self.remedy)
            ) from error
        return {row[0] for row in found}

    def _local(self, file: LiveFile) -> str:
        """Return a path of the file on this machine."""
        parts = urlsplit(file.path)
        if parts.scheme in ("", "file") or file.path.startswith("/"):
            path = file.path.removeprefix("file://")
            self._check_size(file, _size(path))
            return path if not _PATTERN_SIGNS & set(path) else self._link(path)
        target = self.new_file(Path(parts.path).name)
        with (
            self.table.io.new_input(file.path).open() as stream,
            target.open("wb") as copy,
        ):
            shutil.copyfileobj(stream, copy, _COPY_BYTES)
        self._check_size(file, target.stat().st_size)
        return str(target)

    def _check_size(self, file: LiveFile, size: int) -> None:
        if size == file.size:
            return
        has = "is gone" if size < 0 else f"holds {size} bytes of {file.size}"
        raise DataError(
            Problem(
                f"a file of the table {has}: {file.path}",
                self.where,
                self.remedy,
            )
        )

    def _link(self, path: str) -> str:
        link = self.new_file(Path(path).name)
        link.symlink_to(path)
        return str(link)

    def new_file(self, name: str) -> Path:
        """Return a path below `scratch` where nothing is yet."""
        folder = self.scratch / "iceberg"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{os.urandom(6).hex()}-{name.translate(str.maketrans('', '', '*?[]{}'))}"

    def _through_pyiceberg(self, file: LiveFile, fields: Sequence[NestedField]) -> str:
        import pyarrow as pa
        import pyarrow.parquet as pq
        from pyiceberg.expressions import AlwaysTrue
        from pyiceberg.io.pyarrow import ArrowScan, schema_to_pyarrow
        from pyiceberg.schema import Schema

        projected = Schema(*fields)
        shape = schema_to_pyarrow(projected, include_field_ids=False)
        scan = ArrowScan(self.table.metadata, self.table.io, projected, AlwaysTrue())
        target = self.new_file("rows.parquet")
        with pq.ParquetWriter(target, shape) as writer:
            for batch in scan.to_record_batches([file.task]):
                writer.write_table(pa.Table.from_batches([batch]).cast(shape))
        return str(target)


def _nothing(fields: Sequence[NestedField]) -> str:
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    nulls = ", ".join(
        f"CAST(NULL AS {duckdb_type(field) or _nested_type(schema_to_pyarrow(field.field_type))}) "
        f"AS {quote_name(field.name)}"
        for field in fields
    )
    return f"SELECT {nulls} WHERE false"


def _nested_type(kind: Any) -> str:
    import duckdb
    import pyarrow as pa

    empty = pa.table({"c": pa.array([], kind)})
    with duckdb.connect() as connection:
        connection.register("empty", empty)
        return str(connection.execute("DESCRIBE empty").fetchall()[0][1])


def _is_parquet(file: LiveFile) -> bool:
    return str(file.task.file.file_format.value).lower() == "parquet"


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except FileNotFoundError:
        return -1


def _listed(places: Any) -> str:
    return ", ".join(quote_text(place) for place in places)

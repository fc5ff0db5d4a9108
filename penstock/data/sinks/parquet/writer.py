"""Publishes decisions as Parquet files in a folder, committed by one manifest."""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.data.sinks.parquet.folders import ENDING, Folder, LocalFolder
from penstock.data.sinks.parquet.manifest import (
    MANIFEST,
    RunFile,
    read_manifest,
    write_manifest,
)
from penstock.data.sinks.port import Publication, Published
from penstock.data.sinks.rows import batches_of, schema_of
from penstock.errors import DataError, Problem, ServiceError, WorkError

if TYPE_CHECKING:
    import pyarrow as pa

_TRIES = 10


@dataclass(frozen=True, slots=True)
class ParquetFolder:
    """A folder with `day=2018-08-15/<run>-<digest>.parquet`, and a manifest of what counts.

    Who follows the manifest sees each run whole, old or new. Who globs the files may see a run
    twice for the moment between the commit and the removal of its old file.
    """

    address: Address

    def publish(self, publication: Publication) -> Published:
        """Write the file of a run, then commit the manifest; see `Sink`."""
        folder = self._folder()
        try:
            with tempfile.TemporaryDirectory(prefix="penstock-") as scratch, folder.alone():  # type: ignore[attr-defined]  # a context
                file = Path(scratch) / "rows.parquet"
                rows = _write(publication, file)
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                slug = re.sub(r"[^A-Za-z0-9._-]+", "-", publication.run)
                path = f"day={publication.day}/{slug}-{digest[:16]}{ENDING}"
                self._commit(
                    folder, publication, file, RunFile(path, publication.day, rows, digest)
                )
        except OSError as error:
            raise WorkError(
                Problem(
                    f"the decisions cannot be written: {error.strerror or error}.",
                    str(error.filename or folder.place),
                    "Free disk space, or check the rights. What was published before is unchanged.",
                )
            ) from error
        return Published(folder.place, rows)

    def read(self, *, first_day: date | None = None, last_day: date | None = None) -> pa.Table:
        """Return the published rows of these days; see `Sink`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = self._folder()
        where = f"{folder.place}/{MANIFEST}"
        runs = read_manifest(folder.manifest()[0], where)
        wanted = [
            (file.day, run, file)
            for run, file in runs.items()
            if (first_day is None or file.day >= first_day)
            and (last_day is None or file.day <= last_day)
        ]
        tables = []
        with tempfile.TemporaryDirectory(prefix="penstock-") as scratch:
            copy = Path(scratch) / "rows.parquet"
            for _, _, file in sorted(wanted, key=lambda each: each[:2]):
                try:
                    folder.fetch(file.path, copy)
                    tables.append(pq.ParquetFile(copy).read())
                except (OSError, pa.ArrowInvalid) as error:
                    raise DataError(
                        Problem(
                            f"a published file cannot be read: {error}.",
                            f"{folder.place}/{file.path}",
                            "Publish its day again.",
                        )
                    ) from error
        if not tables:
            return pa.table({})
        return pa.concat_tables(tables, promote_options="permissive")

    def _commit(self, folder: Folder, publication: Publication, file: Path, new: RunFile) -> None:
        where = f"{folder.place}/{MANIFEST}"
        for _ in range(_TRIES):
            content, mark = folder.manifest()
            runs = read_manifest(content, where)
            _check_schema(folder, runs, publication)
            if runs.get(publication.run) != new or not content:
                folder.put(new.path, file)
            runs[publication.run] = new
            if folder.commit(write_manifest(runs), mark):
                folder.tidy({each.path for each in runs.values()})
                return
        raise ServiceError(
            Problem("others keep publishing at the same moment.", where, "Try again.")
        )

    def _folder(self) -> Folder:
        if self.address.scheme == "s3":
            from penstock.data.sinks.parquet.s3 import S3Folder

            bucket, _, prefix = self.address.place.partition("/")
            return S3Folder(bucket, prefix.rstrip("/"))
        return LocalFolder(Path(self.address.place))


def _write(publication: Publication, file: Path) -> int:
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(file, schema_of(publication), compression="snappy") as writer:
        for batch in batches_of(publication):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _check_schema(folder: Folder, runs: dict[str, RunFile], publication: Publication) -> None:
    """Hold the columns against those of the newest other run.

    Raises:
        DataError: A column changed its type; each is listed. New and dropped columns are no error.
    """
    import pyarrow.parquet as pq

    others = [(file.day, run) for run, file in runs.items() if run != publication.run]
    if not others:
        return
    newest = runs[max(others)[1]]
    with tempfile.TemporaryDirectory(prefix="penstock-") as scratch:
        copy = Path(scratch) / "rows.parquet"
        folder.fetch(newest.path, copy)
        before = pq.read_schema(copy)
    problems = [
        Problem(
            f"the column {field.name!r} is of type {field.type}, in {newest.path} of type "
            f"{before.field(field.name).type}.",
            folder.place,
            "Give it the type it had, or name another folder.",
        )
        for field in schema_of(publication)
        if field.name in before.names and before.field(field.name).type != field.type
    ]
    if problems:
        raise DataError(problems)

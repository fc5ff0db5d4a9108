"""Objects of a registry in S3: put there under their digest and never over, fetched as they are."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from penstock.data.aws.clients import CONNECTIONS, open_client
from penstock.data.aws.failures import error_code, translated
from penstock.data.aws.transfers.parts import SIZES
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.receiving import receive
from penstock.data.aws.transfers.sending import send
from penstock.data.aws.transfers.source import open_source
from penstock.data.aws.transfers.wishes import Outcome, Wishes
from penstock.data.tree import files_below
from penstock.errors import Problem, ServiceError
from penstock.registry.facts import ENGINE

_BLOCK_BYTES = 1 << 20
_IS_THERE = ("PreconditionFailed", "ConditionalRequestConflict", "412")


class Storage:
    """S3 by `s3://` addresses. Several threads may use one."""

    def __init__(self, region: str, where: str) -> None:
        self._region, self._where = region, where

    @cached_property
    def _client(self) -> Any:
        return open_client("s3", self._region, self._where)

    def put_folder(self, folder: Path, uri: str) -> None:
        """Upload a folder's files below `uri`, which ends with a slash; those there stay.

        What a target keeps at the folder's top is left out. An upload of a large file that was
        begun before goes on.

        Raises:
            ServiceError: S3 refused, or other bytes are there already.
        """
        jobs = [(file, uri + name) for file, name in files_below(folder) if name != ENGINE]
        large = [job for job in jobs if SIZES.is_large(job[0].stat().st_size)]
        small = [job for job in jobs if not SIZES.is_large(job[0].stat().st_size)]
        with ThreadPoolExecutor(min(CONNECTIONS, len(small) or 1)) as pool:
            list(pool.map(lambda job: self.put_file(*job), small))
        for job in large:
            # Its parts have threads of their own.
            self.put_file(*job)

    def put_file(self, file: Path, uri: str) -> None:
        """Upload a file, unless it is there; see `put_folder`."""
        with open_source(file) as source:
            with translated("s3", uri):
                outcome = send(self._client, source, Place(*_split(uri)), Wishes(once=True))
            if outcome is Outcome.THERE and self._digest(*_split(uri)) != source.sha256():
                raise ServiceError(
                    Problem(
                        "the object is there already and holds other bytes.",
                        uri,
                        "See who wrote it, and remove it or name another prefix.",
                    )
                )

    def put_once(self, content: bytes, uri: str) -> bool:
        """Write an object that must not be there yet; return whether it was not.

        Raises:
            ServiceError: S3 refused.
        """
        bucket, key = _split(uri)
        with translated("s3", uri):
            try:
                self._client.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
            except Exception as error:
                if error_code(error) in _IS_THERE:
                    return False
                raise
        return True

    def read(self, uri: str) -> bytes | None:
        """Return the bytes of an object; None where there is none.

        Raises:
            ServiceError: S3 refused.
        """
        bucket, key = _split(uri)
        with translated("s3", uri):
            try:
                content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            except Exception as error:
                if error_code(error) in ("NoSuchKey", "404"):
                    return None
                raise
        return content

    def fetch(self, uri: str, folder: Path, *, keep: Path | None = None) -> None:
        """Download the object at `uri`, or those below it, into a new folder.

        Args:
            uri: Of an object or a folder.
            folder: Where to.
            keep: Folder in which what has come of a large object waits for a later run.

        Raises:
            ServiceError: S3 refused, there is nothing, or a name is no path of a file.
        """
        bucket, key = _split(uri)
        found = list(self._objects(bucket, key, uri))
        if not found:
            raise ServiceError(
                Problem("there is nothing any more.", uri, "Put it back, or use another version.")
            )
        below = key if key.endswith("/") else f"{key}/"
        jobs = []
        for each, size in found:
            name = each.rpartition("/")[2] if each == key else each.removeprefix(below)
            if not set(name.split("/")).isdisjoint(("", ".", "..")):
                raise ServiceError(
                    Problem(
                        f"its object {each!r} is no path of a file.", uri, "Remove that object."
                    )
                )
            jobs.append((each, folder / name, size))

        def download(job: tuple[str, Path, int]) -> None:
            place = Place(bucket, job[0])
            with translated("s3", str(place)):
                receive(self._client, place, job[1], keep=keep)

        large = [job for job in jobs if SIZES.is_large(job[2])]
        small = [job for job in jobs if not SIZES.is_large(job[2])]
        with ThreadPoolExecutor(min(CONNECTIONS, len(small) or 1)) as pool:
            list(pool.map(download, small))
        for each_large in large:
            download(each_large)

    def _objects(self, bucket: str, key: str, uri: str) -> Iterator[tuple[str, int]]:
        below = key if key.endswith("/") else f"{key}/"
        with translated("s3", uri):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=key):
                for entry in page.get("Contents", []):
                    name = str(entry["Key"])
                    if not name.endswith("/") and (name == key or name.startswith(below)):
                        yield name, int(entry["Size"])

    def _digest(self, bucket: str, key: str) -> bytes:
        with translated("s3", f"s3://{bucket}/{key}"):
            return _sha256(self._client.get_object(Bucket=bucket, Key=key)["Body"])


def _split(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def _sha256(stream: IO[bytes]) -> bytes:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.digest()

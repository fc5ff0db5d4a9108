"""Artifacts in S3, or in anything that speaks its protocol: `AWS_ENDPOINT_URL_S3` names it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.data.aws.transfers.recorded import DIGEST
from penstock.data.tree import files_below
from penstock.errors import PenstockError, Problem, ServiceError, StepError
from penstock.targets.local import faults
from penstock.targets.local.documents import Document
from penstock.targets.local.store.port import mark_of
from penstock.targets.local.store.s3_failures import Translated

if TYPE_CHECKING:
    from penstock.data.aws.transfers.movement import Moved, Watch


class S3Store:
    """Objects by prefix. What is uploaded carries its SHA-256, and a download is held against it.

    Several threads may use one store.

    Args:
        client: Of S3; None: one of its own.
        unfinished: Folder in which what has come of a large object waits for a later run; None: it
            is fetched anew.
        watch: Is told how far a large file has come.
        is_stopped: Is asked before each file and after each part whether to go on; a run asks its
            threads by it, which no signal reaches. KeyboardInterrupt is raised where it says so.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        unfinished: Path | None = None,
        watch: Watch | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._client = client or _client()
        self._unfinished, self._watch, self._is_stopped = unfinished, watch, is_stopped

    def fetch(self, uri: str, folder: Path) -> None:
        """Download what is at `uri` into `folder`.

        Raises:
            StepError: There is nothing, it may not be read, or its name fits no file.
            ServiceFault: The store answers badly at the moment, or the bytes arrived damaged.
        """
        bucket, key = _split(uri)
        objects = list(self._list(bucket, key, uri))
        if not objects:
            raise StepError(
                Problem(
                    f"there is nothing at {uri}.", remedy="Look at the step that should write it."
                )
            )
        for found in objects:
            name = found.rpartition("/")[2] if found == key else found[len(_folder(key)) :]
            if not set(name.split("/")).isdisjoint(("", ".", "..")):
                raise StepError(
                    Problem(
                        f"the name of s3://{bucket}/{found} is no path of a file below {uri}.",
                        remedy="Rename the object.",
                    )
                )
            self._download(bucket, found, folder / name)

    def publish(self, source: Path, uri: str) -> None:
        """Upload a file to `uri`, or a folder's files below it.

        Raises:
            StepError: It cannot be read here or written there.
            ServiceFault: The store answers badly at the moment.
        """
        bucket, key = _split(uri)
        try:
            if source.is_file():
                self._upload(source, bucket, key)
                return
            for file, name in files_below(source):
                self._upload(file, bucket, _folder(key) + name)
        except OSError as error:
            raise StepError(
                Problem(f"{uri} cannot be written: {error.strerror}.", remedy=_look_at(error))
            ) from error

    def remove(self, uri: str) -> None:
        """Remove one object; see `Store.remove`."""
        bucket, key = _split(uri)
        with Translated(f"{uri} cannot be removed"):
            self._client.delete_object(Bucket=bucket, Key=key)

    def read(self, uri: str) -> bytes:
        """Return the bytes of one object.

        Raises:
            StepError: There is none, or it may not be read.
            ServiceFault: The store answers badly at the moment, or the bytes arrived damaged.
        """
        bucket, key = _split(uri)
        with Translated(f"{uri} cannot be read"):
            found = self._client.get_object(Bucket=bucket, Key=key)
            body: bytes = found["Body"].read()
        expected = found.get("Metadata", {}).get(DIGEST)
        if expected and hashlib.sha256(body).hexdigest() != expected:
            raise _damaged(uri)
        return body

    def mark(self, uri: str) -> str:
        """Return a digest of the names, sizes and entity tags of the objects at `uri` or below it.

        Raises:
            StepError: The bucket is missing or may not be listed.
            ServiceFault: The store answers badly at the moment.
        """
        bucket, key = _split(uri)
        return mark_of(
            (str(entry["Key"]), str(entry.get("Size")), str(entry.get("ETag")))
            for entry in self._entries(bucket, key, uri)
        )

    def exists(self, uri: str) -> bool:
        """Return whether there is an object at `uri` or objects below it.

        Raises:
            StepError: The bucket is missing or may not be listed.
            ServiceFault: The store answers badly at the moment.
        """
        bucket, key = _split(uri)
        return next(self._list(bucket, key, uri), None) is not None

    def _list(self, bucket: str, key: str, uri: str) -> Iterator[str]:
        return (str(entry["Key"]) for entry in self._entries(bucket, key, uri))

    def _entries(self, bucket: str, key: str, uri: str) -> Iterator[Document]:
        with Translated(f"{uri} cannot be listed"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=key.rstrip("/")):
                for entry in page.get("Contents", []):
                    name = str(entry["Key"])
                    if not name.endswith("/") and (name == key or name.startswith(_folder(key))):
                        yield entry

    def _require_going_on(self) -> None:
        if self._is_stopped():
            raise KeyboardInterrupt

    def _told(self, moved: Moved) -> None:
        self._require_going_on()
        if self._watch is not None:
            self._watch(moved)

    def _download(self, bucket: str, key: str, target: Path) -> None:
        from penstock.data.aws.transfers.place import Place
        from penstock.data.aws.transfers.receiving import receive

        self._require_going_on()
        place = Place(bucket, key)
        try:
            with Translated(f"{place} cannot be read"), _as_faults(place):
                receive(self._client, place, target, keep=self._unfinished, watch=self._told)
        except OSError as error:
            raise StepError(
                Problem(f"{target} cannot be written: {error.strerror}.", remedy=_look_at(error))
            ) from error

    def _upload(self, file: Path, bucket: str, key: str) -> None:
        from penstock.data.aws.transfers.place import Place
        from penstock.data.aws.transfers.sending import send
        from penstock.data.aws.transfers.source import open_source
        from penstock.data.aws.transfers.wishes import Wishes

        self._require_going_on()
        place = Place(bucket, key)
        with (
            open_source(file) as source,
            Translated(f"{place} cannot be written"),
            _as_faults(place),
        ):
            send(self._client, source, place, Wishes(digest=True), watch=self._told)


@contextlib.contextmanager
def _as_faults(place: object) -> Iterator[None]:
    """Turn a transfer's errors into those that a run knows."""
    from penstock.data.aws.transfers.failures import DamagedError

    try:
        yield
    except DamagedError as error:
        raise _damaged(str(place)) from error
    except ServiceError as error:
        raise faults.ServiceFault(faults.SERVICE_FAULT, error.problems[0]) from error
    except PenstockError as error:
        raise StepError(error.problems) from error


def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise StepError(
            Problem("s3:// needs boto3.", remedy="Install it: pip install boto3.")
        ) from error
    with Translated("S3 cannot be reached"):
        try:
            return boto3.session.Session().client(
                "s3",
                config=Config(
                    retries={"mode": "standard", "max_attempts": 5},
                    connect_timeout=5,
                    read_timeout=60,
                ),
            )
        except ValueError as error:
            raise StepError(
                Problem(
                    f"S3 cannot be reached: {str(error).rstrip('.')}.",
                    remedy="Look at AWS_ENDPOINT_URL_S3.",
                )
            ) from error


def _damaged(where: str) -> faults.ServiceFault:
    return faults.ServiceFault(
        faults.SERVICE_FAULT, Problem(f"{where} arrived damaged.", remedy="Resume the run.")
    )


def _look_at(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Make room, then resume the run."
    return "Look at its path and its disk."


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _folder(key: str) -> str:
    return key.rstrip("/") + "/" if key.rstrip("/") else ""

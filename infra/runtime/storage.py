"""Objects in S3 by `s3://` addresses: read within bounds, hashed, and written once."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from infra.runtime.clients import is_no_object, is_there_already
from infra.runtime.errors import Refused

OTHER_BYTES = "the object is there already and holds other bytes."
_BLOCK_BYTES = 1 << 20
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """What an object holds: its size in bytes, and its SHA-256 as 64 hexadecimal digits."""

    size: int
    sha256: str


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an address.

    Raises:
        Refused: It is none.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise Refused("this is no address on S3.", uri, "Write s3://BUCKET/KEY.")
    return bucket, key


class Storage:
    """S3 as one client sees it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, uri: str, most_bytes: int) -> bytes | None:
        """Return the bytes of an object; None where there is none.

        Raises:
            Refused: It is larger than `most_bytes`.
        """
        answer = self._object(uri)
        if answer is None:
            return None
        size = int(answer["ContentLength"])
        if size > most_bytes:
            raise _too_large(size, most_bytes, uri)
        content: bytes = answer["Body"].read()
        return content

    def measure(self, uri: str) -> Measured | None:
        """Return what an object holds, by reading all of it; None where there is none."""
        answer = self._object(uri)
        if answer is None:
            return None
        return measured(iter(lambda: answer["Body"].read(_BLOCK_BYTES), b""))

    def fetch(self, uri: str, most_bytes: int = 0) -> tuple[IO[bytes], Measured] | None:
        """Return a temporary file of an object's bytes, at its beginning, with what it holds.

        The caller closes it. None where there is no such object.

        Args:
            uri: Its address.
            most_bytes: 0: any size is fetched.

        Raises:
            Refused: It is larger.
        """
        answer = self._object(uri)
        if answer is None:
            return None
        size = int(answer["ContentLength"])
        if most_bytes and size > most_bytes:
            raise _too_large(size, most_bytes, uri)
        copy = tempfile.TemporaryFile()  # noqa: SIM115  # it is the caller's
        found = measured(_copied(iter(lambda: answer["Body"].read(_BLOCK_BYTES), b""), copy))
        copy.seek(0)
        return copy, found

    def names(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield each object below a folder: its path from there, and its size in bytes.

        Args:
            uri: The folder, with or without a slash at its end.
        """
        bucket, key = split(uri)
        below = f"{key.rstrip('/')}/" if key else ""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=below):
            for entry in page.get("Contents", []):
                name = str(entry["Key"])
                if not name.endswith("/"):
                    yield name.removeprefix(below), int(entry["Size"])

    def put_once(
        self, uri: str, content: bytes | IO[bytes], digest: str, content_type: str = ""
    ) -> bool:
        """Write an object unless one of that name is there; return whether it was not.

        S3 compares what arrives with the digest.

        Args:
            uri: Its address.
            content: Its bytes, or a file of them at its beginning.
            digest: Their SHA-256, 64 hexadecimal digits.
            content_type: Such as `application/json`.
        """
        bucket, key = split(uri)
        checksum = base64.b64encode(bytes.fromhex(digest)).decode()
        kind = {"ContentType": content_type} if content_type else {}
        try:
            self._client.put_object(
                Bucket=bucket,
                Key=key,
                Body=content,
                IfNoneMatch="*",
                ChecksumSHA256=checksum,
                **kind,
            )
        except Exception as error:
            if not is_there_already(error):
                raise
            return False
        return True

    def keep(self, uri: str, content: bytes, content_type: str = "application/json") -> None:
        """Write an object once; the same bytes may be there already.

        Raises:
            Refused: Other bytes are there.
            ConnectionError: Others keep writing it, and fail.
        """
        digest = hashlib.sha256(content).hexdigest()
        for _ in range(_TRIES):
            if self.put_once(uri, content, digest, content_type):
                return
            found = self.measure(uri)
            if found == Measured(len(content), digest):
                return
            if found is not None:
                raise Refused(OTHER_BYTES, uri, "See who wrote it.")
            # Another writing of it was under way and has failed since.
        raise ConnectionError(f"{uri}: S3 neither holds the object nor takes it.")

    def _object(self, uri: str) -> Any:
        bucket, key = split(uri)
        try:
            return self._client.get_object(Bucket=bucket, Key=key)
        except Exception as error:
            if not is_no_object(error):
                raise
            return None


def measured(blocks: Iterator[bytes]) -> Measured:
    """Return what blocks of bytes hold together."""
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        digest.update(block)
        size += len(block)
    return Measured(size, digest.hexdigest())


def _too_large(size: int, most_bytes: int, uri: str) -> Refused:
    what = f"it has {size:,} bytes; at most {most_bytes:,} are read."
    return Refused(what, uri, "See who wrote it.")


def _copied(blocks: Iterator[bytes], copy: IO[bytes]) -> Iterator[bytes]:
    for block in blocks:
        copy.write(block)
        yield block

"""Code assets to S3: each under the name of its content, written once, never over another."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from penstock.data.aws.clients import CONNECTIONS, open_client
from penstock.data.aws.failures import is_no_object, is_there_already, translated
from penstock.errors import PenstockError, Problem, ServiceError

_READINGS = 3
_DIGEST = "penstock-sha256"
"""Metadata of an object; not every server that speaks S3 keeps a checksum."""

_WORKERS = min(8, CONNECTIONS)


class CodeFolder:
    """The folder `CodeRoot` of an environment.

    Args:
        uri: Such as `s3://bucket/code`.
        region: Its Region.
    """

    def __init__(self, uri: str, region: str) -> None:
        self.uri = uri
        self._bucket, _, self._prefix = uri.removeprefix("s3://").partition("/")
        self._client: Any = open_client("s3", region, uri)

    def add(self, assets: Mapping[str, bytes]) -> int:
        """Upload what is not there yet.

        Args:
            assets: By path below the folder.

        Returns:
            How many were new.

        Raises:
            ServiceError: S3 refused; or other bytes stand under a name, and every such name is
                listed.
        """
        if not assets:
            return 0
        with ThreadPoolExecutor(_WORKERS) as pool:
            tasks = [pool.submit(self._add, path, content) for path, content in assets.items()]
        problems: list[Problem] = []
        new = 0
        for task in tasks:
            try:
                new += task.result()
            except PenstockError as error:
                problems += error.problems
        if problems:
            raise ServiceError(list(dict.fromkeys(problems)))
        return new

    def read(self, path: str) -> bytes | None:
        """Return a file, or None where there is none.

        Raises:
            ServiceError: S3 refused, or what came is not what was written.
        """
        where = f"{self.uri}/{path}"
        for _ in range(_READINGS):
            found = self._read(path, where)
            if found is None:
                return None
            content, digest = found
            if not digest or hashlib.sha256(content).hexdigest() == digest:
                return content
        what = "what came is not what was written: its digest is another one."
        raise ServiceError(Problem(what, where, "Try again; then see who changed the file."))

    def _read(self, path: str, where: str) -> tuple[bytes, str] | None:
        with translated("s3", where):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key(path))
                content: bytes = answer["Body"].read()
            except Exception as error:
                if not is_no_object(error):
                    raise
                return None
        return content, str(answer.get("Metadata", {}).get(_DIGEST, ""))

    def _add(self, path: str, content: bytes) -> bool:
        where = f"{self.uri}/{path}"
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        with translated("s3", where):
            if self._digest(path) == digest:
                return False
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(path),
                    Body=content,
                    IfNoneMatch="*",
                    ChecksumSHA256=digest,
                    Metadata={_DIGEST: hashlib.sha256(content).hexdigest()},
                )
            except Exception as error:
                if not is_there_already(error):
                    raise
            else:
                return True
        # Somebody, or an earlier try of this very call, was faster; its bytes have to be the same.
        found = self.read(path)
        if found != content:
            what = "other bytes stand under this name, which is that of their content."
            remedy = "Somebody changed the file: see who, and remove it."
            raise ServiceError(Problem(what, where, remedy))
        return False

    def _digest(self, path: str) -> str:
        """Return the digest that S3 keeps of a file; empty: none, or there is no such file."""
        try:
            found = self._client.head_object(
                Bucket=self._bucket, Key=self._key(path), ChecksumMode="ENABLED"
            )
        except Exception as error:
            if not is_no_object(error):
                raise
            return ""
        return str(found.get("ChecksumSHA256", ""))

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path

"""Code assets to S3: each under the name of its content, written once, never over another."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from penstock.data.aws.clients import CONNECTIONS, open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import PenstockError, Problem, ServiceError

_THERE = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_MISSING = ("404", "NoSuchKey", "NotFound")
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
        """Return a file, or None where there is none."""
        with translated("s3", f"{self.uri}/{path}"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key(path))
                content: bytes = answer["Body"].read()
            except Exception as error:
                if error_code(error) not in _MISSING:
                    raise
                return None
        return content

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
                )
            except Exception as error:
                if error_code(error) not in _THERE:
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
            if error_code(error) not in _MISSING:
                raise
            return ""
        return str(found.get("ChecksumSHA256", ""))

    def _key(self, path: str) -> str:
        return f"{self._prefix}/{path}" if self._prefix else path

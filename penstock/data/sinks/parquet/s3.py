"""A prefix of S3 that files are published into; the manifest is replaced by a conditional write."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from penstock.data.sinks.parquet.manifest import MANIFEST
from penstock.errors import Problem, ServiceError

_LEFT_OVER = timedelta(days=1)
"""An object that no manifest names may belong to a publisher at work; after a day it does not."""
_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class S3Folder:
    """`s3://bucket/prefix`."""

    bucket: str
    prefix: str

    @property
    def place(self) -> str:
        """Address of the prefix."""
        return f"s3://{self.bucket}/{self.prefix}"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Do nothing: the conditional write of the manifest stands for a lock."""
        yield

    def manifest(self) -> tuple[bytes, str]:
        """Return the manifest and its entity tag; see `Folder`."""
        key = self._key(MANIFEST)
        with self._translated():
            # Of a key that is not there S3 says nothing to whom lists are narrowed to a prefix.
            listed = self._client.list_objects_v2(Bucket=self.bucket, Prefix=key, MaxKeys=1)
            if key not in [each["Key"] for each in listed.get("Contents", [])]:
                return b"", ""
            found = self._client.get_object(Bucket=self.bucket, Key=key)
            return found["Body"].read(), str(found["ETag"])

    def put(self, path: str, file: Path) -> None:
        """Upload a file, also where the same is there: others may be about to tidy what is old."""
        from penstock.data.aws.transfers.place import Place
        from penstock.data.aws.transfers.sending import send
        from penstock.data.aws.transfers.source import open_source
        from penstock.data.aws.transfers.wishes import Wishes

        wishes = Wishes(anew=True, digest=True)
        with open_source(file) as source, self._translated():
            send(self._client, source, Place(self.bucket, self._key(path)), wishes)

    def commit(self, content: bytes, mark: str) -> bool:
        """Put the manifest on the condition that nobody else has."""
        from botocore.exceptions import ClientError

        condition = {"IfMatch": mark} if mark else {"IfNoneMatch": "*"}
        with self._translated():
            try:
                self._client.put_object(
                    Bucket=self.bucket, Key=self._key(MANIFEST), Body=content, **condition
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _CHANGED:
                    return False
                raise
        return True

    def fetch(self, path: str, target: Path) -> None:
        """Download a file."""
        from penstock.data.aws.transfers.place import Place
        from penstock.data.aws.transfers.receiving import receive

        with self._translated():
            receive(self._client, Place(self.bucket, self._key(path)), target)

    def tidy(self, live: Set[str]) -> None:
        """Remove objects that no manifest has named for a day."""
        old = datetime.now(UTC) - _LEFT_OVER
        with self._translated():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._key("")
            )
            for page in pages:
                for each in page.get("Contents", []):
                    name = each["Key"].removeprefix(self._key(""))
                    dead = name.endswith(".parquet") and name not in live
                    if dead and each["LastModified"] < old and not self._removed(each["Key"]):
                        return

    def _removed(self, key: str) -> bool:
        """Remove an object, and say whether it may be; where not, it stays and costs its room."""
        from botocore.exceptions import ClientError

        try:
            self._client.delete_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "AccessDenied":
                raise
            return False
        return True

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        settings = Config(
            connect_timeout=10,
            read_timeout=_TIMEOUT_SECONDS,
            retries={"mode": "standard", "max_attempts": 5},
        )
        return boto3.session.Session().client("s3", config=settings)

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise ServiceError(
                Problem(f"S3 refused: {code}.", self.place, "Check the bucket and the rights.")
            ) from error
        except (BotoCoreError, Boto3Error) as error:
            raise ServiceError(
                Problem(
                    f"S3 could not be reached: {type(error).__name__}.",
                    self.place,
                    "Check credentials, Region and network.",
                )
            ) from error

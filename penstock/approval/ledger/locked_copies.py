"""Copies of a ledger's records in S3 that nobody can change: Object Lock, one version each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from penstock.approval.ledger.aws_address import AwsPlace
from penstock.data.aws.clients import CONNECTIONS, open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import ApprovalError, Problem, ServiceError

_IS_THERE = ("PreconditionFailed", "ConditionalRequestConflict", "412")
_RESTORE = "See in the bucket's versions who did it, and remove what was added."


def _now() -> datetime:
    return datetime.now(UTC)


class LockedCopies:
    """The copies of one ledger. Several threads may use it."""

    def __init__(self, place: AwsPlace, clock: Callable[[], datetime] = _now) -> None:
        self._place, self._clock = place, clock
        self._prefix = f"{place.name}/ledger/"
        self._read: dict[tuple[str, str, str], bytes] = {}

    def all(self) -> Mapping[int, bytes]:
        """Return the copies by their numbers.

        A version of an object never changes, so what was read of one is kept.

        Raises:
            ApprovalError: A copy was replaced or hidden: its object has more than one version.
            ServiceError: S3 refused.
        """
        versions = self._versions()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            contents = list(pool.map(self._content, versions))
        return {
            self._number(key): content
            for (key, _, _), content in zip(versions, contents, strict=True)
        }

    def add(self, number: int, record: bytes) -> bool:
        """Keep the copy of a record; return False if there is another one under its number.

        Raises:
            ServiceError: S3 refused; the bucket has no Object Lock.
        """
        key = f"{self._prefix}{number:012d}.json"
        until = self._clock() + timedelta(days=self._place.days)
        with self._translated(key):
            try:
                self._client.put_object(
                    Bucket=self._place.bucket,
                    Key=key,
                    Body=record,
                    IfNoneMatch="*",
                    ContentType="application/json",
                    ChecksumAlgorithm="SHA256",
                    ObjectLockMode=self._place.mode.upper(),
                    ObjectLockRetainUntilDate=until,
                )
            except Exception as error:
                if error_code(error) in _IS_THERE:
                    # It may be ours: an answer can be lost on the way, and the call be repeated.
                    return self._body(key) == record
                if error_code(error) in ("InvalidRequest", "ObjectLockConfigurationNotFoundError"):
                    raise ServiceError(
                        Problem(
                            "the bucket has no Object Lock; nothing was decided.",
                            f"s3://{self._place.bucket}",
                            "Name a bucket that was created with Object Lock.",
                        )
                    ) from error
                raise
        return True

    @cached_property
    def _client(self) -> Any:
        return open_client("s3", self._place.region, self._place.address)

    def _translated(self, key: str) -> Any:
        return translated("s3", f"s3://{self._place.bucket}/{key}")

    def _versions(self) -> Sequence[tuple[str, str, str]]:
        """Return key, version and entity tag of every copy."""
        found: dict[str, tuple[str, str, str]] = {}
        with self._translated(self._prefix):
            pages = self._client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self._place.bucket, Prefix=self._prefix):
                for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    key = str(each["Key"])
                    if key in found or not self._number(key) or "ETag" not in each:
                        raise self._tampered(key)
                    found[key] = (key, str(each["VersionId"]), str(each["ETag"]))
        return [found[key] for key in sorted(found)]

    def _content(self, version: tuple[str, str, str]) -> bytes:
        if version not in self._read:
            key, number, _ = version
            self._read[version] = self._body(key, VersionId=number)
        return self._read[version]

    def _body(self, key: str, **which: str) -> bytes:
        with self._translated(key):
            found = self._client.get_object(Bucket=self._place.bucket, Key=key, **which)
            content: bytes = found["Body"].read()
        return content

    def _number(self, key: str) -> int:
        """Return which record an object is the copy of; 0: of none."""
        digits = key.removeprefix(self._prefix).removesuffix(".json")
        is_ours = len(digits) == 12 and digits.isdecimal() and key.endswith(".json")
        return int(digits) if is_ours else 0

    def _tampered(self, key: str) -> ApprovalError:
        number = self._number(key)
        what = (
            f"the copy of the ledger's entry {number} was replaced or removed."
            if number
            else "among the copies of the ledger is an object that is none."
        )
        return ApprovalError(Problem(what, f"s3://{self._place.bucket}/{key}", _RESTORE))

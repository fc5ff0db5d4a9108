"""Where releases are kept on S3: each under its digest, written once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import is_no_object, translated
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.sending import send
from penstock.data.aws.transfers.source import BytesSource
from penstock.data.aws.transfers.wishes import Outcome, Wishes
from penstock.errors import Problem, RequestError, ServiceError
from penstock.release.building import sha256
from penstock.release.packing import MAXIMUM_BYTES

if TYPE_CHECKING:
    from penstock.data.aws.transfers.movement import Watch

_ONCE = Wishes(once=True, content_type="application/x-tar")
_BROKEN = (
    "FlexibleChecksumError",
    "IncompleteReadError",
    "ReadTimeoutError",
    "ResponseStreamingError",
)
"""What botocore raises while a body is read."""
_TRIES = 3
_REPLACED = "See in the bucket's history who wrote it, and remove it."
_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class Stored:
    """A release in its place.

    Attributes:
        uri: Where it is.
        was_there: Whether the same bytes were there before.
    """

    uri: str
    was_there: bool


class ReleaseStore:
    """A folder of releases on S3."""

    def __init__(self, uri: str, region: str = "") -> None:
        """Take the address of the folder; nothing is asked of S3 yet.

        Args:
            uri: `s3://BUCKET[/PREFIX]`.
            region: Such as `eu-west-1`; empty: that of the environment or the profile.

        Raises:
            RequestError: It is no such address.
        """
        self._bucket, prefix = split(uri)
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._region = region

    def place(self, digest: str) -> str:
        """Return where a release is kept."""
        return f"s3://{self._bucket}/{self._prefix}{digest}.tar"

    def put(self, content: bytes, watch: Watch | None = None) -> Stored:
        """Keep a release, unless it is there, and read back what S3 holds.

        The upload of a large one goes on where an earlier one broke off.

        Args:
            content: The archive.
            watch: Is told how far a large one has come.

        Raises:
            ServiceError: S3 refused, or holds other bytes under its name.
        """
        place = self.place(sha256(content))
        for _ in range(_TRIES):
            was_there = not self._created(place, content, watch)
            found = self._read(place)
            if found is not None:
                break
            # Another upload of it was under way and has failed since.
        else:
            what = "S3 neither holds the release nor takes it."
            raise ServiceError(Problem(what, place, "Try again in a while."))
        if found != content:
            what = f"the object holds other bytes: their SHA-256 is {sha256(found)}."
            raise ServiceError(Problem(what, place, _REPLACED))
        return Stored(place, was_there)

    def get(self, digest: str) -> bytes:
        """Return the bytes of a release.

        Raises:
            ServiceError: S3 refused, or what came is not the release.
            RequestError: There is no release of that digest.
        """
        place = self.place(digest)
        content = self.fetch(place)
        if sha256(content) != digest:
            what = f"what came is not the release: its SHA-256 is {sha256(content)}."
            raise ServiceError(Problem(what, place, _REPLACED))
        return content

    def fetch(self, place: str) -> bytes:
        """Return the bytes of an object, which may be anything.

        Args:
            place: Its address.

        Raises:
            ServiceError: S3 refused.
            RequestError: There is no such object.
        """
        content = self._read(place)
        if content is None:
            remedy = "Look at the digest, or store the release: pipeline release build --store."
            raise RequestError(Problem("there is no such release.", place, remedy))
        return content

    def _created(self, place: str, content: bytes, watch: Watch | None) -> bool:
        source = BytesSource(content, "the release")
        with translated("s3", place):
            outcome = send(self._client, source, Place(*split(place)), _ONCE, watch=watch)
        return outcome is Outcome.SENT

    def _read(self, place: str) -> bytes | None:
        """Return the bytes of an object; None where there is none.

        The client repeats a call that failed, but no body that broke off.
        """
        with translated("s3", place):
            for left in reversed(range(_TRIES)):
                try:
                    return self._body(place)
                except Exception as error:
                    if is_no_object(error):
                        return None
                    if not left or type(error).__name__ not in _BROKEN:
                        raise
        return None

    def _body(self, place: str) -> bytes:
        bucket, key = split(place)
        answer = self._client.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        size = int(answer["ContentLength"])
        if size > MAXIMUM_BYTES:
            what = f"the object has {size:,} bytes; a release has at most {MAXIMUM_BYTES:,}."
            raise ServiceError(Problem(what, place, "Name another release."))
        content: bytes = answer["Body"].read()
        return content

    @cached_property
    def _client(self) -> Any:
        return open_client("s3", self._region, f"s3://{self._bucket}")


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of an address.

    Raises:
        RequestError: It is none.
    """
    found = _ADDRESS.fullmatch(uri)
    if found is None:
        raise RequestError(Problem("this is no address on S3.", uri, "Write s3://BUCKET/PREFIX."))
    return found[1], found[2] or ""

"""What S3, or who wrote an object, has recorded of its bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.data.aws.transfers.checksums import composite

DIGEST = "penstock-sha256"
"""Metadata of an object that came in one request; not every server keeps a checksum."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The SHA-256 of an object; other checksums are botocore's matter.

    Attributes:
        whole: Digests of the object; it has to have each.
        composite: The digest of its parts' digests, as S3 writes it; empty: it has none.
        count: Of its parts.
    """

    whole: tuple[bytes, ...] = ()
    composite: str = ""
    count: int = 0

    def is_whole(self, digest: bytes) -> bool:
        """Return whether an object of this digest is it."""
        return all(each == digest for each in self.whole)

    def is_composite(self, digests: Sequence[bytes]) -> bool:
        """Return whether an object whose parts have these digests is it."""
        return len(digests) == self.count and composite(digests) == self.composite


def recorded_of(answer: Mapping[str, Any]) -> Recorded:
    """Read what HeadObject or GetObject told, asked with `ChecksumMode`."""
    tag = str(answer.get("ETag", ""))
    whole = [_bytes(bytes.fromhex, answer.get("Metadata", {}).get(DIGEST))]
    checksum, _, count = str(answer.get("ChecksumSHA256") or "").partition("-")
    # HEAD of some servers leaves the number of parts out, which is in the entity tag as well.
    count = count or tag.strip('"').partition("-")[2]
    # Other servers' entity tags may be anything.
    count = count if count.isdecimal() else ""
    if checksum and (answer.get("ChecksumType") == "COMPOSITE" or count):
        return Recorded(tuple(filter(None, whole)), checksum, int(count or 0))
    whole.append(_bytes(base64.b64decode, checksum))
    return Recorded(tuple(filter(None, whole)))


def _bytes(read: Any, text: str | None) -> bytes:
    try:
        return bytes(read(text or ""))
    except (ValueError, binascii.Error):
        return b""

"""SHA-256 as S3 writes it: of one piece, and of an object that was put together from pieces."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from penstock.data.aws.transfers.parts import Part
from penstock.data.aws.transfers.source import Source

ALGORITHM = "SHA256"


def sha256(content: bytes) -> bytes:
    """Return the digest of a piece."""
    return hashlib.sha256(content).digest()


def written(digest: bytes) -> str:
    """Return a digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def composite(digests: Sequence[bytes]) -> str:
    """Return the checksum that S3 gives an object of parts, without the number of parts behind it.

    Source: Amazon S3 User Guide, "Checking object integrity", composite checksums.
    """
    return written(sha256(b"".join(digests)))


def is_entity_tag(tag: str, content: bytes) -> bool:
    """Return whether a part's entity tag is the MD5 of these bytes.

    Servers that list parts without checksums tell them apart by this alone. With a key of KMS the
    tag is something else: the part then counts as another one, and is sent again.
    """
    return tag.strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest()


class Digests:
    """SHA-256 of the parts of a source; each is read once, unless it is noted."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[int, bytes] = {}

    def of(self, part: Part) -> bytes:
        """Return the digest of a part."""
        if part.number not in self._known:
            self.note(part, self._source.read(part))
        return self._known[part.number]

    def note(self, part: Part, content: bytes) -> bytes:
        """Return the digest of what was just read of a part."""
        self._known[part.number] = sha256(content)
        return self._known[part.number]

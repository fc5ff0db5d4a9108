"""What is sent: a file of this machine, or bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from penstock.data.aws.transfers.parts import Part
from penstock.errors import Problem, WorkError


class Source(Protocol):
    """Bytes that may be read piecewise, by several threads."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def size(self) -> int:
        """In bytes."""

    def read(self, part: Part) -> bytes:
        """Return a piece.

        Raises:
            WorkError: It is not there any more.
        """

    def sha256(self) -> bytes:
        """Return the digest of the whole."""

    def body(self) -> bytes | IO[bytes]:
        """Return the whole, for one request."""

    def require_unchanged(self) -> None:
        """Hold it against what it was at first.

        Raises:
            WorkError: It was written to.
        """


class FileSource:
    """A file; who replaces it by another one meanwhile changes nothing."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream = path, stream
        self._state = self._look()

    @property
    def name(self) -> str:
        """Its path."""
        return str(self._path)

    @property
    def size(self) -> int:
        """When it was opened."""
        return self._state[0]

    def read(self, part: Part) -> bytes:
        """Return a piece; see `Source`."""
        found = bytearray()
        while len(found) < part.size:
            # One call reads no more than 2 GiB.
            wanted, offset = part.size - len(found), part.offset + len(found)
            block = os.pread(self._stream.fileno(), wanted, offset)
            if not block:
                raise _changed(self.name)
            found += block
        return bytes(found)

    def sha256(self) -> bytes:
        """Return the digest of the whole."""
        self._stream.seek(0)
        return hashlib.file_digest(self._stream, "sha256").digest()  # type: ignore[arg-type]  # a buffered reader

    def body(self) -> IO[bytes]:
        """Return the stream, at its beginning."""
        self._stream.seek(0)
        return self._stream

    def require_unchanged(self) -> None:
        """Compare size and time of the last change; see `Source`."""
        if self._look() != self._state:
            raise _changed(self.name)

    def _look(self) -> tuple[int, int]:
        found = os.fstat(self._stream.fileno())
        return found.st_size, found.st_mtime_ns


@contextmanager
def open_source(path: Path) -> Iterator[FileSource]:
    """Open a file to be sent.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        yield FileSource(path, stream)


class BytesSource:
    """Bytes in memory."""

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self.name = content, name

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self._content)

    def read(self, part: Part) -> bytes:
        """Return a piece."""
        return self._content[part.offset : part.offset + part.size]

    def sha256(self) -> bytes:
        """Return the digest of the whole."""
        return hashlib.sha256(self._content).digest()

    def body(self) -> bytes:
        """Return the whole."""
        return self._content

    def require_unchanged(self) -> None:
        """Do nothing: bytes do not change."""


def _changed(name: str) -> WorkError:
    what = "it changed while it was being sent; nothing of it counts."
    return WorkError(Problem(what, name, "Let what writes it end, and repeat the command."))

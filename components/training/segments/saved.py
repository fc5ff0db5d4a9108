"""Finished segments on disk: what an interrupted training need not do again."""

import hashlib
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from components.training.segments.result import SegmentResult, decode
from penstock.errors import Problem, WorkError

_HEAD = struct.Struct(">Q32s")
_SECONDS_BETWEEN_SYNCS = 1.0
_FULL_BYTES = 64 << 20
"""A file that has grown to this is left alone: stores that copy changed files copy it once."""


@dataclass(slots=True)
class SavedSegments:
    """Results of segments, appended to few files, found again by another process.

    A result that was appended survives the death of the process; the death of the machine may take
    those of the last second. A damaged end of a file is cut off.

    Attributes:
        folder: Of one training; results of another one stand elsewhere.
    """

    folder: Path
    _results: dict[str, SegmentResult] = field(default_factory=dict)
    _places: dict[str, tuple[Path, int, int]] = field(default_factory=dict)
    _synced: float = 0.0

    def load(self) -> None:
        """Find what is there."""
        with self._told():
            self.folder.mkdir(parents=True, exist_ok=True)
            for file in self._files():
                self._load(file)

    @property
    def results(self) -> dict[str, SegmentResult]:
        """Results by segment."""
        return self._results

    def append(self, content: bytes) -> SegmentResult:
        """Keep a result as `encode` wrote it.

        Raises:
            WorkError: The disk is full or may not be written.
        """
        with self._told():
            files = self._files()
            file = files[-1] if files else self._file(0)
            if files and file.stat().st_size >= _FULL_BYTES:
                file = self._file(len(files))
            with file.open("ab") as stream:
                start = stream.tell()
                stream.write(_HEAD.pack(len(content), hashlib.sha256(content).digest()))
                stream.write(content)
                stream.flush()
                if time.monotonic() - self._synced >= _SECONDS_BETWEEN_SYNCS:
                    os.fsync(stream.fileno())
                    self._synced = time.monotonic()
        return self._know(file, start + _HEAD.size, content)

    def payload(self, segment: str) -> bytes:
        """Return the file of a segment's model."""
        file, start, size = self._places[segment]
        with file.open("rb") as stream:
            stream.seek(start)
            return stream.read(size)

    def _know(self, file: Path, start: int, content: bytes) -> SegmentResult:
        result, begins = decode(content)
        self._results[result.segment] = result
        self._places[result.segment] = (file, start + begins, len(content) - begins)
        return result

    def _load(self, file: Path) -> None:
        sound = 0
        with file.open("rb") as stream:
            while len(head := stream.read(_HEAD.size)) == _HEAD.size:
                size, digest = _HEAD.unpack(head)
                content = stream.read(min(size, file.stat().st_size))
                if len(content) < size or hashlib.sha256(content).digest() != digest:
                    break
                self._know(file, sound + _HEAD.size, content)
                sound += _HEAD.size + size
        if sound < file.stat().st_size:
            os.truncate(file, sound)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("segments-*.bin"))

    def _file(self, number: int) -> Path:
        return self.folder / f"segments-{number:06}.bin"

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WorkError(
                Problem(
                    f"finished segments cannot be kept: {error.strerror or error}.",
                    str(self.folder),
                    "Free disk space; finished segments are not trained again.",
                )
            ) from error

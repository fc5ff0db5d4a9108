"""Reads what jobs print while they print it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_PAUSE_SECONDS = 0.1
_FILES = ("stdout.log", "stderr.log")


@dataclass(slots=True)
class _Followed:
    """A job's folder, how far each of its files was read, and a line that is not ended yet."""

    folder: Path
    read: dict[str, int] = field(default_factory=dict)
    begun: dict[str, bytes] = field(default_factory=dict)

    def lines(self, *, to_the_end: bool) -> list[str]:
        """Return the lines that are new; at the end also one without a line feed."""
        found: list[bytes] = []
        for name in _FILES:
            file = self.folder / name
            try:
                with file.open("rb") as stream:
                    stream.seek(self.read.get(name, 0))
                    new = stream.read()
            except OSError:
                continue
            self.read[name] = self.read.get(name, 0) + len(new)
            *whole, rest = (self.begun.get(name, b"") + new).split(b"\n")
            if to_the_end and rest:
                whole.append(rest)
                rest = b""
            self.begun[name] = rest
            found += whole
        return [line.decode(errors="replace") for line in found]


class LogFiles:
    """Follows the logs of running steps in a thread of its own."""

    def __init__(self, tell: Callable[[str, list[str]], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._followed: dict[str, _Followed] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="logs", daemon=True)
        self._thread.start()

    def follow(self, step: str, folder: Path) -> None:
        """Begin to read a job's logs."""
        with self._lock:
            self._followed[step] = _Followed(folder)

    def drop(self, step: str) -> None:
        """Read a job's logs to their end, and no further."""
        with self._lock:
            followed = self._followed.pop(step, None)
            if followed is not None:
                self._take(step, followed, to_the_end=True)

    def close(self) -> None:
        """Read all logs to their end."""
        self._ended.set()
        self._thread.join()
        for step in list(self._followed):
            self.drop(step)

    def _work(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):
            with self._lock:
                for step, followed in self._followed.items():
                    self._take(step, followed, to_the_end=False)

    def _take(self, step: str, followed: _Followed, *, to_the_end: bool) -> None:
        lines = followed.lines(to_the_end=to_the_end)
        if lines:
            self._tell(step, lines)

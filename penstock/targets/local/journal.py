"""The state of a run: one event a line, on disk before it counts."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError, WorkError


def read_journal(file: Path) -> list[dict[str, Any]]:
    """Return the events of a run. A last line that was cut short by a crash does not count.

    Raises:
        WorkError: A line before the last one is damaged.
    """
    events: list[dict[str, Any]] = []
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            event = json.loads(line)
            if not isinstance(event, dict):
                raise ValueError("not an object")
        except ValueError as error:
            if number == len(lines) - 1:
                break
            raise WorkError(
                Problem(
                    "this line of the run's journal is damaged.",
                    f"{file}:{number}",
                    "The run cannot be resumed; start a new one, its cached steps are kept.",
                )
            ) from error
        events.append(event)
    return events


class Journal:
    """The journal of a run that this process executes; no other process can open it meanwhile."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise RequestError(
                Problem(
                    "another process is executing this run.",
                    str(file.parent),
                    "Wait for it to end, or stop it.",
                )
            ) from None
        self.events = read_journal(file)
        kept = b"".join(_line(event) for event in self.events)
        if os.fstat(self._descriptor).st_size != len(kept):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, kept, 0)
        self._end = len(kept)

    def write(self, event: str, *, durable: bool = True, **facts: object) -> None:
        """Append an event.

        Args:
            durable: Wait until the disk holds it.

        Raises:
            WorkError: The disk is full or cannot be written; nothing half written stays.
        """
        record: Mapping[str, Any] = {"event": event, "at": round(time.time(), 3), **facts}
        line = _line(record)
        try:
            written = os.pwrite(self._descriptor, line, self._end)
            if written != len(line):
                raise OSError(28, os.strerror(28))
            if durable:
                os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, self._end)
            raise WorkError(
                Problem(
                    f"the run's state cannot be written: {error.strerror}.",
                    str(self._file),
                    "Make room, then resume the run.",
                )
            ) from error
        self._end += len(line)

    def close(self) -> None:
        """Let other processes have the run."""
        os.close(self._descriptor)


def _line(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, default=str).encode() + b"\n"

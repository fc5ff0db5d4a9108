"""The state of a run: one event a line, on disk before it counts."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.errors import Problem, RequestError, WorkError

PATIENCE_SECONDS = 2.0
"""A child that a killed process was just starting holds the lock on until it becomes a program."""


def read_journal(file: Path) -> list[dict[str, Any]]:
    """Return the events of a run. A last line that was cut short by a crash does not count.

    Raises:
        WorkError: A line before the last one is damaged, or the file cannot be read.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise WorkError(
            Problem(
                f"the run's state cannot be read: {error.strerror}.",
                str(file),
                "Give this user the right to it.",
            )
        ) from error
    return _events(content, file)[0]


class Journal:
    """The journal of a run that this process executes; no other process can open it meanwhile.

    Several threads may write. `events` holds what was in it when it was opened.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self.events, self._end = self._take()
        except BaseException:
            os.close(self._descriptor)
            raise

    def write(self, event: str, *, durable: bool = True, **facts: object) -> None:
        """Append an event.

        Args:
            event: Its kind.
            durable: Wait until the disk holds it.
            facts: What it tells; JSON values.

        Raises:
            WorkError: The disk is full or cannot be written; nothing half written stays.
        """
        record: Mapping[str, Any] = {"event": event, "at": round(time.time(), 3), **facts}
        line = _line(record)
        with self._lock:
            try:
                written = os.pwrite(self._descriptor, line, self._end)
                if written != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if durable:
                    os.fsync(self._descriptor)
            except OSError as error:
                # A line that stays cut short does not count when the journal is read.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, self._end)
                raise self._unwritable(error) from error
            self._end += len(line)

    def close(self) -> None:
        """Let other processes have the run."""
        os.close(self._descriptor)

    def _take(self) -> tuple[list[dict[str, Any]], int]:
        if not self._locked():
            raise RequestError(
                Problem(
                    "another process is executing this run.",
                    str(self._file.parent),
                    "Wait for it to end, or stop it.",
                )
            )
        events, end = _events(self._file.read_bytes(), self._file)
        # Only what does not count is cut off: a crash in between loses no event.
        os.ftruncate(self._descriptor, end)
        return events, end

    def _locked(self) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)
            else:
                return True

    def _unwritable(self, error: OSError) -> WorkError:
        remedy = "Make room, then resume the run."
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            remedy = "Give this user the right to it."
        elif error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR):
            remedy = "Look at the path."
        return WorkError(
            Problem(
                f"the run's state cannot be written: {error.strerror}.", str(self._file), remedy
            )
        )


def _events(content: bytes, file: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the events, and the size in bytes of the lines that hold them."""
    events: list[dict[str, Any]] = []
    end, lines = 0, content.split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line)
            if not isinstance(event, dict):
                raise ValueError("not an object")
        except ValueError as error:
            if number == len(lines):
                break
            raise WorkError(
                Problem(
                    "this line of the run's journal is damaged.",
                    f"{file}:{number}",
                    "The run cannot be resumed; start a new one, its cached steps are kept.",
                )
            ) from error
        events.append(event)
        end += len(line) + 1
    return events, end


def _line(event: Mapping[str, Any]) -> bytes:
    # File names need not be UTF-8: what Python made of their bytes has to come back.
    text = json.dumps(event, ensure_ascii=False, default=str)
    return text.encode(errors="surrogatepass") + b"\n"

"""Ends a job that holds more memory than the machine of its instance type has."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_SECONDS = 0.05
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_GROUP, _PAGES = 2, 1
"""Fields behind the name in /proc/N/stat, and of /proc/N/statm; source: proc(5)."""


class MemoryWatch:
    """Watches what the processes of a group hold in memory together, as a context.

    Twenty times a second: a job that takes a gigabyte within that time is ended a little late, and
    is ended all the same. Shared pages count for each process that holds them.

    Args:
        group: ID of the process group.
        most: Bytes; None: nothing is watched.
    """

    def __init__(self, group: int, most: int | None) -> None:
        self.exceeded = False
        self._group, self._most = group, most
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        if self._most is not None:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._most is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SECONDS):
            if self._most is not None and sum(_held(self._group)) > self._most:
                self.exceeded = True
                with contextlib.suppress(OSError):
                    os.killpg(self._group, signal.SIGKILL)
                return


def _held(group: int) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        # It may end while it is looked at.
        with contextlib.suppress(OSError, IndexError, ValueError):
            behind = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(behind[_GROUP]) == group:
                yield int((folder / "statm").read_text().split()[_PAGES]) * _PAGE_BYTES

"""Start a job as a process of its own, and see it to its end."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_LONGEST_POLL_SECONDS = 86_400.0
"""`poll` takes at most 2**31 ms, under 25 days; a job of the service may run for 28."""


class Cancellation:
    """Tells running jobs to stop; a file descriptor, so that a wait can watch it.

    No locks: a signal's handler may cancel whatever the thread it interrupts is doing.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._cancelled = False

    def cancel(self) -> None:
        """Ask every job to stop."""
        if not self._cancelled:
            self._cancelled = True
            os.write(self._writer, b"x")

    @property
    def cancelled(self) -> bool:
        """Whether jobs were asked to stop."""
        return self._cancelled

    def fileno(self) -> int:
        """Readable once cancelled."""
        return self._reader

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond a cancellation."""
        readable([self._reader], seconds)

    def close(self) -> None:
        """Free the descriptors."""
        os.close(self._reader)
        os.close(self._writer)


@dataclass(frozen=True, slots=True)
class Job:
    """One process to run.

    `module` names what a warm server should have imported and `entry` the function, as
    `package.module:function`, that takes the arguments behind the entry point; both are None for a
    command that only a process of its own can run. `max_bytes` is the memory that the processes of
    the job may hold together; a launcher that cannot watch it hands the job to one that can.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    working_directory: Path
    stdout: Path
    stderr: Path
    max_seconds: float | None = None
    grace_seconds: float = 10.0
    max_bytes: int | None = None
    entry: str | None = None
    entry_arguments: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended; a negative exit code is the signal that ended it."""

    exit_code: int
    timed_out: bool = False
    cancelled: bool = False
    out_of_memory: bool = False


class Launcher(Protocol):
    """A way to run jobs."""

    def run(self, job: Job, cancellation: Cancellation) -> Ending:
        """Run a job to its end; stop it when it runs too long or is cancelled.

        Raises:
            ServiceFault: The process could not be started, or was lost.
        """

    def close(self) -> None:
        """End what serves the jobs of this run."""


def readable(descriptors: list[int], seconds: float | None) -> list[int]:
    """Wait until one of the descriptors can be read; an empty list when the time is over."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        left = _LONGEST_POLL_SECONDS if deadline is None else deadline - time.monotonic()
        found = poll.poll(min(max(0.0, left), _LONGEST_POLL_SECONDS) * 1000)
        if found or (deadline is not None and left <= _LONGEST_POLL_SECONDS):
            return [number for number, _ in found]

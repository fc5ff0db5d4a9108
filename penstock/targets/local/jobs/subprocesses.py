"""Jobs as plain subprocesses, none of which outlives the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from penstock.errors import Problem
from penstock.targets.local import faults
from penstock.targets.local.jobs.launch import Cancellation, Ending, Job, readable

_HELD_UNTIL_WATCHED = ("/bin/sh", "-c", 'read -r go || exit 125; exec "$@" </dev/null', "job")


class SubprocessLauncher:
    """Starts each job in a session of its own.

    A small watching process kills the jobs when this one dies, however it dies; a job waits at its
    start until it is watched.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watch: subprocess.Popen[bytes] | None = None

    def run(self, job: Job, cancellation: Cancellation) -> Ending:
        with job.stdout.open("ab") as stdout, job.stderr.open("ab") as stderr:
            try:
                process = subprocess.Popen(
                    [*_HELD_UNTIL_WATCHED, *job.command],
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=stderr,
                    cwd=job.working_directory,
                    env=dict(job.environment),
                    start_new_session=True,
                )
            except OSError as error:
                raise faults.ServiceFault(
                    faults.CAPACITY_ERROR,
                    Problem(f"no process could be started: {error.strerror}."),
                ) from error
        try:
            self._tell(f"+{process.pid}")
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.close()
            ended = _Waiter(process.pid)
            timed_out = cancelled = False
            if not ended.within(job.max_seconds, cancellation):
                cancelled = cancellation.cancelled
                timed_out = not cancelled
                _signal(process.pid, signal.SIGTERM)
                ended.within(job.grace_seconds)
            _signal(process.pid, signal.SIGKILL)
            ended.within(None)
            self._tell(f"-{process.pid}")
            ended.close()
            return Ending(process.wait(), timed_out, cancelled)
        except BaseException:
            _signal(process.pid, signal.SIGKILL)
            process.wait()
            raise

    def close(self) -> None:
        with self._lock:
            if self._watch is not None:
                self._watch.communicate()
                self._watch = None

    def _tell(self, change: str) -> None:
        with self._lock:
            if self._watch is None:
                self._watch = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(Path(__file__).with_name("watch.py"))],
                    stdin=subprocess.PIPE,
                    start_new_session=True,
                    env={},
                )
            assert self._watch.stdin is not None
            self._watch.stdin.write(f"{change}\n".encode())
            self._watch.stdin.flush()


class _Waiter:
    """Waits for a child without reaping it, so that its group's number stays its own."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def within(self, seconds: float | None, cancellation: Cancellation | None = None) -> bool:
        """Return whether the child ended within the time and before a cancellation."""
        if self._descriptor is None:
            return self._slowly(seconds, cancellation)
        watched = [self._descriptor] + ([cancellation.fileno()] if cancellation else [])
        return self._descriptor in readable(watched, seconds)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _slowly(self, seconds: float | None, cancellation: Cancellation | None) -> bool:
        deadline = None if seconds is None else time.monotonic() + seconds
        while os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if cancellation and cancellation.cancelled:
                return False
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return

"""Jobs as plain subprocesses, none of which outlives the run."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from penstock.errors import Problem, StepError
from penstock.targets.local import faults
from penstock.targets.local.jobs.launch import Cancellation, Ending, Job, readable
from penstock.targets.local.jobs.memory import MemoryWatch

_HELD_UNTIL_WATCHED = ("/bin/sh", "-c", 'read -r go || exit 125; exec "$@" </dev/null', "job")
_NO_CAPACITY = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)


class SubprocessLauncher:
    """Starts each job in a session of its own.

    A small watching process kills the jobs when this one dies, however it dies; a job waits at its
    start until it is watched. Several threads may each run a job. A process that a job moves into
    another session is beyond reach.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self._watch: subprocess.Popen[bytes] | None = None

    def run(self, job: Job, cancellation: Cancellation) -> Ending:
        """Run a job to its end; see `Launcher`.

        Raises:
            ServiceFault: There is no room for another process.
            StepError: Its command or environment is none that a process can have.
        """
        process, starter = _start(job)
        try:
            memory = MemoryWatch(process.pid, job.max_bytes)
            with self._watched(process.pid), _Waiter(process.pid) as ended, memory:
                with contextlib.suppress(BrokenPipeError):
                    os.write(starter, b"go\n")
                timed_out = cancelled = False
                if not ended.within(job.max_seconds, cancellation):
                    cancelled = cancellation.cancelled
                    timed_out = not cancelled
                    _signal(process.pid, signal.SIGTERM)
                    ended.within(job.grace_seconds)
                # Whatever the job left running in its group ends with it.
                _signal(process.pid, signal.SIGKILL)
                ended.within(None)
        finally:
            os.close(starter)
            process.wait()
        return Ending(process.returncode, timed_out, cancelled, memory.exceeded)

    def close(self) -> None:
        """End the watching process; it kills what still runs."""
        with self._lock:
            if self._watch is not None:
                self._watch.communicate()
                self._watch = None

    @contextlib.contextmanager
    def _watched(self, group: int) -> Iterator[None]:
        """Have a group watched from here to the end; it has to be reaped after that."""
        try:
            self._tell("+", group)
            yield
        finally:
            _signal(group, signal.SIGKILL)
            self._tell("-", group)

    def _tell(self, change: str, group: int) -> None:
        with self._lock:
            if change == "+":
                self._running.add(group)
            else:
                self._running.discard(group)
            if self._watch is not None and _sent(self._watch, f"{change}{group}\n"):
                return
            # There is none yet, or it died: a new one has to know every job.
            if self._watch is not None:
                self._watch.kill()
                self._watch.wait()
            self._watch = None
            try:
                self._watch = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(Path(__file__).with_name("watch.py"))],
                    stdin=subprocess.PIPE,
                    start_new_session=True,
                    env={},
                )
            except OSError as error:
                raise _not_started(error) from error
            _sent(self._watch, "".join(f"+{running}\n" for running in sorted(self._running)))


class _Waiter:
    """Waits for a child without reaping it, so that its group's number stays its own."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._descriptor: int | None = None
        if hasattr(os, "pidfd_open"):
            # Old kernels and some sandboxes lack it.
            with contextlib.suppress(OSError):
                self._descriptor = os.pidfd_open(pid)

    def __enter__(self) -> _Waiter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def within(self, seconds: float | None, cancellation: Cancellation | None = None) -> bool:
        """Return whether the child ended within the time and before a cancellation."""
        if self._descriptor is None:
            return self._slowly(seconds, cancellation)
        watched = [self._descriptor] + ([cancellation.fileno()] if cancellation else [])
        return self._descriptor in readable(watched, seconds)

    def _slowly(self, seconds: float | None, cancellation: Cancellation | None) -> bool:
        deadline = None if seconds is None else time.monotonic() + seconds
        while os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if cancellation and cancellation.cancelled:
                return False
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True


def _start(job: Job) -> tuple[subprocess.Popen[bytes], int]:
    """Return the process, held at its start, and the descriptor that lets it go."""
    reader, starter = os.pipe()
    try:
        with job.stdout.open("ab") as stdout, job.stderr.open("ab") as stderr:
            process = subprocess.Popen(
                [*_HELD_UNTIL_WATCHED, *job.command],
                stdin=reader,
                stdout=stdout,
                stderr=stderr,
                cwd=job.working_directory,
                env=dict(job.environment),
                start_new_session=True,
            )
    except (OSError, ValueError, TypeError) as error:
        os.close(starter)
        raise _not_started(error) from error
    finally:
        os.close(reader)
    return process, starter


def _not_started(error: Exception) -> faults.ServiceFault | StepError:
    reason = error.strerror if isinstance(error, OSError) else error
    what = f"no process could be started: {reason}."
    if isinstance(error, OSError) and error.errno in _NO_CAPACITY:
        return faults.ServiceFault(
            faults.CAPACITY_ERROR, Problem(what, remedy="Run fewer steps at once.")
        )
    return StepError(
        Problem(what, remedy="Look at the step's command, its arguments and its environment.")
    )


def _sent(watch: subprocess.Popen[bytes], text: str) -> bool:
    if watch.stdin is None:
        return False
    try:
        watch.stdin.write(text.encode())
        watch.stdin.flush()
    except OSError:
        return False
    return True


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)

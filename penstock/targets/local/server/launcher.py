"""Runs jobs as children of the warm server, or as plain processes where that cannot be."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from penstock.errors import Problem
from penstock.targets.local import faults
from penstock.targets.local.jobs.launch import Cancellation, Ending, Job, Launcher, readable
from penstock.targets.local.jobs.subprocesses import SubprocessLauncher
from penstock.targets.local.server.control import warm_up
from penstock.targets.local.server.frames import (
    BrokenConversationError,
    Message,
    framed,
    receive,
)
from penstock.targets.local.server.identity import (
    can_be_forked,
    loading_environment,
    server_environment,
)
from penstock.targets.local.server.private_folder import UnavailableError
from penstock.targets.local.server.start import find_or_start

_LOADING_SECONDS = 120.0
_SERVERS_TRIED = 3


class WarmLauncher:
    """Starts each job that can be forked by the project's warm server.

    A job without an entry, one whose environment a running process cannot take on, and every job
    while no server can be had go to the other launcher.
    """

    def __init__(self, project: Path, *, otherwise: Launcher | None = None) -> None:
        """Remember the project; nothing is started yet.

        Args:
            project: The folder that holds the components.
            otherwise: Runs what the server cannot; a `SubprocessLauncher` by default.
        """
        self._project = project.absolute()
        self._environment = server_environment(self._project)
        self._otherwise = otherwise or SubprocessLauncher()

    def preload(self, modules: Iterable[str]) -> None:
        """Let the server load modules, in the order in which jobs will need them; do not wait."""
        warm_up(tuple(modules), project=self._project)

    def run(self, job: Job, cancellation: Cancellation) -> Ending:
        """Run a job to its end; see `Launcher.run`."""
        bounded = job.max_bytes is not None
        if job.entry is None or bounded or not can_be_forked(job.environment, self._environment):
            return self._otherwise.run(job, cancellation)
        for file in (job.stdout, job.stderr):
            file.open("ab").close()
        asked = framed(
            {
                "ask": "job",
                "modules": list(job.modules),
                "loading": loading_environment(job.environment),
            }
        ) + framed(_described(job))
        for _ in range(_SERVERS_TRIED):
            if cancellation.cancelled:
                return Ending(-signal.SIGTERM, cancelled=True)
            try:
                connection, _ = find_or_start(self._project)
            except UnavailableError:
                break
            with connection:
                begun = _begun(connection, asked, cancellation)
                if begun is None:
                    break
                if begun.get("cancelled"):
                    return Ending(-signal.SIGTERM, cancelled=True)
                if not begun.get("stale"):
                    return _end(connection, int(begun["started"]), job, cancellation)
        return self._otherwise.run(job, cancellation)

    def close(self) -> None:
        """Leave the server to other runs, and end what else served this one."""
        self._otherwise.close()


def _described(job: Job) -> Message:
    return {
        "entry": job.entry,
        "arguments": list(job.entry_arguments),
        "environment": dict(job.environment),
        "working_directory": str(job.working_directory.absolute()),
        "stdout": str(job.stdout.absolute()),
        "stderr": str(job.stderr.absolute()),
    }


def _begun(connection: socket.socket, asked: bytes, cancellation: Cancellation) -> Message | None:
    """Return the first answer; None when the job was not begun and never will be."""
    try:
        connection.sendall(asked)
        connection.settimeout(None)
        ready = readable([connection.fileno(), cancellation.fileno()], _LOADING_SECONDS)
        if connection.fileno() in ready:
            return receive(connection)
        return {"cancelled": True} if ready else None
    except (OSError, BrokenConversationError):
        return None


def _end(connection: socket.socket, process: int, job: Job, cancellation: Cancellation) -> Ending:
    """Wait for a job's end, and hasten it when it is late or cancelled."""
    limit = None if job.max_seconds is None else time.monotonic() + job.max_seconds
    watched = [connection.fileno(), cancellation.fileno()]
    ready = readable(watched, None if limit is None else limit - time.monotonic())
    timed_out = cancelled = False
    try:
        if connection.fileno() not in ready:
            cancelled = bool(ready)
            timed_out = not cancelled
            connection.sendall(framed({"signal": signal.SIGTERM}))
            if not readable([connection.fileno()], job.grace_seconds):
                connection.sendall(framed({"signal": signal.SIGKILL}))
    except OSError:
        # It ended just now; what it said of that is still to be read.
        pass
    try:
        message = receive(connection)
    except (OSError, BrokenConversationError):
        message = None
    if message is None:
        # Its leader died with the zygote; what it had started may still write.
        with suppress(OSError):
            os.killpg(process, signal.SIGKILL)
        raise faults.ServiceFault(
            faults.INTERNAL_ERROR,
            Problem("the job was lost: the process of the warm server that watched it ended."),
        )
    return Ending(int(message["ended"]), timed_out, cancelled)

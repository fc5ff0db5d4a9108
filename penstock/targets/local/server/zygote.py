"""A process that has loaded modules: forks jobs, and other zygotes that load more.

It is single-threaded in Python, and forks only between two messages. Threads that native libraries
start while they are loaded (OpenBLAS, jemalloc) are theirs to renew in a child; none of ours runs.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from penstock.targets.local.server.forked_job import become_job
from penstock.targets.local.server.frames import BrokenConversationError, framed, receive
from penstock.targets.local.server.late_imports import load_late_imports

MESSAGE_BYTES = 1 << 17
WARM_UP = "__warm_up__"
"""What a module may define to load more than its functions name: names of modules, or a function.

A function takes no arguments and is called once. It may set a variable that libraries read while
they are loaded, but may leave no thread behind.
"""

_ALWAYS = (
    "kfp.dsl.executor",
    "penstock.container.adapter",
    "penstock.container.own_component",
    "penstock.contract",
)
_PR_SET_PDEATHSIG = 1
_JOB_SECONDS = 10.0
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class _RunningJob:
    process: int
    pidfd: int
    connection: socket.socket


def live(control: socket.socket, names: Sequence[str], loading: Mapping[str, str]) -> NoReturn:
    """Load modules, then serve until the root closes the other end of `control`."""
    try:
        _Zygote(control).serve(names, loading)
    except BaseException:  # noqa: BLE001  # the stack of the process that was forked is not ours
        traceback.print_exc()
    finally:
        os._exit(0)
    raise AssertionError


class _Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._jobs: dict[int, _RunningJob] = {}
        self._children: dict[int, int] = {}
        self._done = 0

    def serve(self, names: Sequence[str], loading: Mapping[str, str]) -> None:
        # Loading may hang, and then nobody would notice that the server is gone.
        _die_with_parent(os.getppid())
        self._tell()
        # Collecting while modules are loaded takes a fifth of the time and finds next to nothing.
        gc.disable()
        os.environ.update(loading)
        for name in _ALWAYS:
            _load(name, late=False)
        for name in names:
            _load(name, late=True)
        # What is there now is not to be copied because a child's collector touched it.
        gc.freeze()
        _libc.prctl(_PR_SET_PDEATHSIG, 0)
        if threading.active_count() > 1:
            print(f"{names}: it started threads while it was loaded", file=sys.stderr)
            return
        while self._once():
            pass
        for job in list(self._jobs.values()):
            self._kill(job, signal.SIGKILL)

    def _once(self) -> bool:
        """See to what is ready; return whether the root is still there."""
        poll = select.poll()
        connections = {job.connection.fileno(): job for job in self._jobs.values()}
        for descriptor in (self._control.fileno(), *self._jobs, *self._children, *connections):
            poll.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll()}
        for descriptor in ready & self._children.keys():
            os.waitpid(self._children.pop(descriptor), 0)
            os.close(descriptor)
        for descriptor in ready & self._jobs.keys():
            self._finish(self._jobs.pop(descriptor))
        for descriptor in ready & connections.keys():
            if connections[descriptor].pidfd in self._jobs:
                self._hear(connections[descriptor])
        return self._control.fileno() not in ready or self._follow()

    def _follow(self) -> bool:
        said, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
        if not said:
            return False
        message = json.loads(said)
        given = socket.socket(fileno=descriptors[0])
        if message["do"] == "grow":
            self._grow(given, message["names"], message["loading"])
        else:
            with suppress(OSError, BrokenConversationError):
                self._begin(given)
            if not any(job.connection is given for job in self._jobs.values()):
                given.close()
                self._done += 1
            self._tell()
        return True

    def _grow(self, control: socket.socket, names: list[str], loading: dict[str, str]) -> None:
        process = os.fork()
        if process == 0:
            self._close_own()
            live(control, names, loading)
        control.close()
        self._children[os.pidfd_open(process)] = process

    def _begin(self, connection: socket.socket) -> None:
        connection.settimeout(_JOB_SECONDS)
        job = receive(connection)
        if job is None or _hung_up(connection):
            return
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            _die_with_parent(parent)
            self._close_own()
            connection.close()
            become_job(job)
        running = _RunningJob(process, os.pidfd_open(process), connection)
        self._jobs[running.pidfd] = running
        try:
            connection.sendall(framed({"started": process}))
        except OSError:
            self._kill(running, signal.SIGKILL)

    def _hear(self, job: _RunningJob) -> None:
        try:
            message = receive(job.connection)
        except (OSError, BrokenConversationError):
            message = None
        # A client that is gone cannot keep its job: nobody would wait for its outputs.
        self._kill(job, signal.SIGKILL if message is None else int(message["signal"]))

    def _finish(self, job: _RunningJob) -> None:
        # Before the leader is reaped, as until then the group's number is its own.
        with suppress(ProcessLookupError):
            os.killpg(job.process, signal.SIGKILL)
        _, status = os.waitpid(job.process, 0)
        os.close(job.pidfd)
        self._done += 1
        self._tell()
        with suppress(OSError):
            job.connection.sendall(framed({"ended": os.waitstatus_to_exitcode(status)}))
        job.connection.close()

    def _kill(self, job: _RunningJob, number: int) -> None:
        try:
            os.killpg(job.process, number)
        except ProcessLookupError:
            # It has not yet come to lead a group, so it has no descendants either.
            with suppress(ProcessLookupError):
                os.kill(job.process, number)

    def _tell(self) -> None:
        state: dict[str, Any] = {
            "process": os.getpid(),
            "jobs": [job.process for job in self._jobs.values()],
            "done": self._done,
        }
        with suppress(OSError):
            self._control.send(json.dumps(state).encode())

    def _close_own(self) -> None:
        """Close the zygote's descriptors in its child; libraries keep theirs."""
        self._control.close()
        for job in self._jobs.values():
            job.connection.close()
            os.close(job.pidfd)
        for descriptor in self._children:
            os.close(descriptor)


def _load(name: str, *, late: bool) -> None:
    """Load a module; one that cannot be loaded fails in the job, where its reader looks."""
    try:
        module = importlib.import_module(name)
        if late:
            load_late_imports(name)
        more = getattr(module, WARM_UP, ())
        if callable(more):
            more()
        else:
            for other in more:
                importlib.import_module(other)
    except BaseException:  # noqa: BLE001  # even SystemExit
        traceback.print_exc()


def _hung_up(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


def _die_with_parent(parent: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


__all__ = ["MESSAGE_BYTES", "WARM_UP", "live"]

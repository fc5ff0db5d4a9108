"""The server's first process: listens, knows the zygotes, loads nothing itself.

It is single-threaded and hands each job's connection to a zygote, which serves it from there on.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from penstock.targets.local.server.fingerprint import fingerprint
from penstock.targets.local.server.frames import (
    BrokenConversationError,
    Message,
    framed,
    receive,
)
from penstock.targets.local.server.memory import memory_bytes
from penstock.targets.local.server.nursery import Nursery
from penstock.targets.local.server.private_folder import entered, locked, socket_name
from penstock.targets.local.server.start import LISTENER

_LOG_BYTES = 1 << 20
_ROUTE_SECONDS = 2.0


class Root:
    """The state of a server: open connections, zygotes, and when it was last used."""

    def __init__(
        self, listener: socket.socket, folder: Path, name: str, project: Path, idle_seconds: float
    ) -> None:
        self._listener = listener
        self._folder = folder
        self._name = name
        self._project = project
        self._idle_seconds = idle_seconds
        self._fingerprint = fingerprint(project)
        self._socket_file = (folder / socket_name(name)).stat().st_ino
        self._started = self._used = time.monotonic()
        self._waiting: dict[int, socket.socket] = {}
        self._nursery = Nursery()
        self._leaving = False

    def serve(self) -> None:
        """Serve until idle for long enough, stale or stopped, and every job has ended."""
        self._listener.setblocking(False)
        while not (self._leaving and not self._nursery.busy and not self._waiting):
            poll = select.poll()
            # In this order: what zygotes said comes before the questions that followed it.
            for descriptor in (
                *self._nursery.descriptors,
                *self._waiting,
                self._listener.fileno(),
            ):
                poll.register(descriptor, select.POLLIN)
            remaining = max(0.0, self._idle_seconds_left())
            ready = poll.poll(None if self._leaving else remaining * 1000 + 1)
            for descriptor, _ in ready:
                if descriptor == self._listener.fileno():
                    self._accept()
                elif descriptor in self._waiting:
                    self._answer(self._waiting.pop(descriptor))
                else:
                    self._nursery.hear(descriptor)
                    self._used = time.monotonic()
            if not ready and not self._leaving and self._idle_seconds_left() <= 0:
                self._leave()
            _bound_log()

    def _idle_seconds_left(self) -> float:
        if self._nursery.busy:
            return self._idle_seconds
        return self._used + self._idle_seconds - time.monotonic()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        _, user, _ = struct.unpack("3i", credentials)
        if user != os.getuid():
            connection.close()
            return
        connection.settimeout(_ROUTE_SECONDS)
        self._waiting[connection.fileno()] = connection

    def _answer(self, connection: socket.socket) -> None:
        try:
            with connection:
                message = receive(connection)
                if message is not None:
                    self._follow(message, connection)
        except OSError:
            # The client did not wait for its answer, or a zygote cannot take the job: the closed
            # connection tells a client that waits to run the job itself.
            return
        except (BrokenConversationError, KeyError, TypeError):
            traceback.print_exc()

    def _follow(self, message: Message, connection: socket.socket) -> None:
        ask = message["ask"]
        if ask == "status":
            connection.sendall(framed(self._status()))
        elif ask == "stop":
            self._leave()
            connection.sendall(framed({"pid": os.getpid()}))
        elif self._leaving or fingerprint(self._project) != self._fingerprint:
            self._leave()
            connection.sendall(framed({"stale": True}))
        else:
            self._used = time.monotonic()
            own = [self._listener.fileno(), connection.fileno(), *self._waiting]
            if ask == "preload":
                self._nursery.preload(list(message["modules"]), own)
                connection.sendall(framed({"stale": False}))
            elif ask == "job":
                self._nursery.hand(
                    connection, list(message["modules"]), dict(message["loading"]), own
                )

    def _status(self) -> Message:
        processes = [os.getpid(), *self._nursery.processes, *self._nursery.jobs]
        return {
            "pid": os.getpid(),
            "age_seconds": time.monotonic() - self._started,
            "memory_bytes": sum(memory_bytes(process) for process in processes),
            "zygotes": self._nursery.described(),
            "running_jobs": len(self._nursery.jobs),
            "idle_seconds_left": max(0.0, self._idle_seconds_left()),
            "socket": str(self._folder / socket_name(self._name)),
        }

    def _leave(self) -> None:
        """Give the name up, so that the next client starts another server; serve what is open."""
        if self._leaving:
            return
        self._leaving = True
        with entered(self._folder, make=False) as folder:
            if folder is not None:
                with locked(folder), suppress(FileNotFoundError):
                    name = socket_name(self._name)
                    # Somebody may have removed ours and another server put its own there.
                    if os.stat(name, dir_fd=folder).st_ino == self._socket_file:
                        os.unlink(name, dir_fd=folder)
        while True:
            before = len(self._waiting)
            self._accept()
            if len(self._waiting) == before:
                return


def _bound_log() -> None:
    if os.fstat(1).st_size > _LOG_BYTES:
        os.ftruncate(1, 0)


def main() -> None:
    """Become the server on the listening socket that was inherited."""
    if os.fork():
        os._exit(0)
    _close_others()
    os.chdir("/")
    folder, name, project, idle_seconds = sys.argv[1:]
    # `-c` puts the working directory first; a job puts its own there.
    sys.path.remove("")
    root = Root(
        socket.socket(fileno=LISTENER), Path(folder), name, Path(project), float(idle_seconds)
    )
    root.serve()
    os._exit(0)


def _close_others() -> None:
    """Close what leaked from the starter: a pipe held open would keep its reader waiting."""
    for descriptor in [int(file.name) for file in Path("/proc/self/fd").iterdir()]:
        if descriptor > LISTENER:
            with suppress(OSError):
                os.close(descriptor)

"""Find the server, or start it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from penstock.targets.local.server.identity import server_environment, server_name
from penstock.targets.local.server.private_folder import (
    LOCK_FILE,
    UnavailableError,
    entered,
    locked,
    log_name,
    private_folder,
    socket_address,
    socket_name,
)

IDLE_VARIABLE = "PENSTOCK_SERVER_IDLE_SECONDS"
DEFAULT_IDLE_SECONDS = 600.0
LISTENER = 3
"""The descriptor that a new server finds its listening socket at."""

_PROGRAM = "from penstock.targets.local.server.root import main; main()"
_BACKLOG = 128


def find(project: Path) -> socket.socket | None:
    """Return a connection to the server that is running for a project, if there is one.

    Raises:
        UnavailableError: This machine can have none.
    """
    _require_platform()
    with entered(private_folder(os.environ), make=False) as folder:
        return None if folder is None else _connect(folder, server_name(project))


def find_or_start(project: Path) -> tuple[socket.socket, bool]:
    """Return a connection to the project's server, and whether the server was started for it.

    A new server's socket can be written to before the server is up, so this never waits for it.

    Raises:
        UnavailableError: This machine can have none.
    """
    _require_platform()
    idle_seconds = _idle_seconds(os.environ)
    path = private_folder(os.environ)
    name = server_name(project)
    try:
        with entered(path, make=True) as folder:
            if folder is None:
                raise UnavailableError(f"{path} cannot be made")
            connection = _connect(folder, name)
            if connection is not None:
                return connection, False
            with locked(folder):
                connection = _connect(folder, name)
                if connection is not None:
                    return connection, False
                _start(folder, path, name, project, idle_seconds)
                connection = _connect(folder, name)
    except (OSError, NotImplementedError) as error:
        raise UnavailableError(f"the warm server could not be started: {error}") from error
    if connection is None:
        raise UnavailableError("the warm server ended at once")
    return connection, True


def _connect(folder: int, name: str) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(5)
    try:
        connection.connect(socket_address(folder, name))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise UnavailableError(f"the warm server does not answer: {error}") from error
    return connection


def _start(folder: int, path: Path, name: str, project: Path, idle_seconds: float) -> None:
    _remove_dead(folder, name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(socket_address(folder, name))
        (path / socket_name(name)).chmod(0o600)
        listener.listen(_BACKLOG)
        log = str(path / log_name(name))
        starting = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", _PROGRAM, str(path), name, str(project), str(idle_seconds)],
            {**server_environment(project), "_KFP_RUNTIME": "true"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, listener.fileno(), LISTENER),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}),
        )
    # The server leaves its starter at once by a fork; its first process has to be reaped.
    threading.Thread(target=_reap, args=(starting,), daemon=True).start()


def _reap(process: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(process, 0)


def _remove_dead(folder: int, own: str) -> None:
    """Remove the sockets and logs of servers that are gone; call it locked."""
    with suppress(FileNotFoundError):
        os.unlink(socket_name(own), dir_fd=folder)
    names = {entry.partition(".")[0] for entry in os.listdir(folder)} - {own, LOCK_FILE}
    for name in names:
        with suppress(UnavailableError):
            connection = _connect(folder, name)
            if connection is not None:
                connection.close()
                continue
            for left in (socket_name(name), log_name(name)):
                with suppress(FileNotFoundError):
                    os.unlink(left, dir_fd=folder)


def _idle_seconds(environment: Mapping[str, str]) -> float:
    text = environment.get(IDLE_VARIABLE, "")
    try:
        seconds = float(text) if text else DEFAULT_IDLE_SECONDS
    except ValueError:
        seconds = DEFAULT_IDLE_SECONDS
    if not seconds > 0:
        raise UnavailableError(f"{IDLE_VARIABLE} is {text}")
    return seconds


def _require_platform() -> None:
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        raise UnavailableError("it needs Linux")

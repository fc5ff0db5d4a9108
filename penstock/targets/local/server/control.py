"""Warm the server up, ask how it is, stop it."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from penstock.targets.local.server.frames import (
    BrokenConversationError,
    Message,
    framed,
    receive,
)
from penstock.targets.local.server.private_folder import UnavailableError
from penstock.targets.local.server.start import find, find_or_start

_ANSWER_SECONDS = 5.0
_SERVERS_TRIED = 3


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A running server.

    `memory_bytes` is that of all its processes, shared memory counted once. `zygotes` names what
    is loaded, or being loaded; `idle_seconds_left` is the time until the server ends by itself.
    """

    pid: int
    age_seconds: float
    memory_bytes: int
    zygotes: tuple[str, ...]
    running_jobs: int
    idle_seconds_left: float
    socket: Path


def warm_up(modules: Iterable[str] = (), *, project: Path | None = None) -> None:
    """Start the project's server, or find it running, and let it load modules; do not wait.

    Nothing happens where no server can be had.

    Args:
        modules: In the order in which jobs will need them.
        project: The folder that holds the components; the working directory by default.
    """
    asked = {"ask": "preload", "modules": list(modules)}
    for _ in range(_SERVERS_TRIED):
        try:
            connection, new = find_or_start(_folder(project))
            with connection:
                connection.sendall(framed(asked))
                # A new server cannot be stale, and is not up yet.
                answer = None if new else _answer(connection)
        except (UnavailableError, OSError, BrokenConversationError):
            return
        if answer is None or not answer.get("stale"):
            return


def ensure_running(project: Path | None = None) -> None:
    """Start the project's server, or find it running."""
    warm_up((), project=project)


def status(project: Path | None = None) -> ServerStatus | None:
    """Return how the project's server is, or None where none is running."""
    answer = _asked(project, "status")
    if answer is None:
        return None
    return ServerStatus(
        pid=int(answer["pid"]),
        age_seconds=float(answer["age_seconds"]),
        memory_bytes=int(answer["memory_bytes"]),
        zygotes=tuple(answer["zygotes"]),
        running_jobs=int(answer["running_jobs"]),
        idle_seconds_left=float(answer["idle_seconds_left"]),
        socket=Path(answer["socket"]),
    )


def stop(project: Path | None = None) -> bool:
    """Let the project's server end as soon as its running jobs have; it takes no further ones.

    Returns:
        Whether one was running.
    """
    return _asked(project, "stop") is not None


def _asked(project: Path | None, ask: str) -> Message | None:
    with suppress(UnavailableError, OSError, BrokenConversationError):
        connection = find(_folder(project))
        if connection is not None:
            with connection:
                connection.sendall(framed({"ask": ask}))
                return _answer(connection)
    return None


def _answer(connection: socket.socket) -> Message | None:
    connection.settimeout(_ANSWER_SECONDS)
    return receive(connection)


def _folder(project: Path | None) -> Path:
    return (project or Path.cwd()).absolute()

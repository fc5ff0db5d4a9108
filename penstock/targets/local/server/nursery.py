"""The zygotes as the root sees them: which there are, and which one serves a job."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from penstock.targets.local.server.zygote import MESSAGE_BYTES, live


@dataclass(slots=True)
class Zygote:
    """One process that has loaded modules, and what it last said of its jobs."""

    control: socket.socket
    names: frozenset[str]
    label: str
    loading: Mapping[str, str]
    process: int | None = None
    jobs: list[int] = field(default_factory=list)
    handed: int = 0
    done: int = 0


class Nursery:
    """Every zygote of a server.

    A zygote grows from another, so that modules that several of them need are loaded once and
    their memory is shared.
    """

    def __init__(self) -> None:
        self._zygotes: dict[int, Zygote] = {}
        self._first: int | None = None

    @property
    def descriptors(self) -> list[int]:
        """What can be heard."""
        return list(self._zygotes)

    @property
    def busy(self) -> bool:
        """Whether a job was handed over that has not ended."""
        return any(zygote.handed > zygote.done for zygote in self._zygotes.values())

    @property
    def jobs(self) -> list[int]:
        """The processes of the running jobs."""
        return [job for zygote in self._zygotes.values() for job in zygote.jobs]

    @property
    def processes(self) -> list[int]:
        """The processes of the zygotes."""
        return [zygote.process for zygote in self._zygotes.values() if zygote.process is not None]

    def described(self) -> list[str]:
        """Return the module that each zygote has loaded over the one it grew from."""
        return [zygote.label for zygote in self._zygotes.values() if zygote.label]

    def preload(self, modules: Sequence[str], own: Iterable[int]) -> None:
        """Let zygotes load modules, each on top of the ones before it.

        Args:
            modules: In the order in which jobs will need them.
            own: Descriptors that no other process may hold.
        """
        previous = self._base({}, own)
        for name in modules:
            held = self._smallest({name}, {})
            previous = held or self._grow(previous, [name], {})

    def hand(
        self,
        connection: socket.socket,
        modules: Sequence[str],
        loading: Mapping[str, str],
        own: Iterable[int],
    ) -> None:
        """Hand a job's connection to a zygote that has loaded its modules.

        Raises:
            OSError: The zygote cannot take it; the connection is to be closed.
        """
        zygote = self._smallest(set(modules), loading) if modules else None
        if zygote is None:
            parent = self._largest_within(set(modules), loading) or self._base(loading, own)
            missing = [name for name in modules if name not in parent.names]
            zygote = self._grow(parent, missing, loading) if missing else parent
        socket.send_fds(zygote.control, [b'{"do": "job"}'], [connection.fileno()])
        zygote.handed += 1

    def hear(self, descriptor: int) -> None:
        """Take in what a zygote says; forget one that has ended."""
        zygote = self._zygotes[descriptor]
        try:
            said = zygote.control.recv(MESSAGE_BYTES)
        except OSError:
            said = b""
        if not said:
            self._forget(descriptor)
            return
        message: dict[str, Any] = json.loads(said)
        zygote.process = message["process"]
        zygote.jobs = message["jobs"]
        zygote.done = message["done"]

    def _smallest(self, names: set[str], loading: Mapping[str, str]) -> Zygote | None:
        holding = [z for z in self._zygotes.values() if z.names >= names and z.loading == loading]
        return min(holding, key=lambda zygote: len(zygote.names), default=None)

    def _largest_within(self, names: set[str], loading: Mapping[str, str]) -> Zygote | None:
        within = [z for z in self._zygotes.values() if z.names <= names and z.loading == loading]
        return max(within, key=lambda zygote: len(zygote.names), default=None)

    def _base(self, loading: Mapping[str, str], own: Iterable[int]) -> Zygote:
        """Return the zygote without modules for an environment; the first one is the root's."""
        first = self._zygotes.get(self._first) if self._first is not None else None
        if first is None:
            first = self._fork_first(own)
        if not loading:
            return first
        return self._largest_within(set(), loading) or self._grow(first, [], loading)

    def _fork_first(self, own: Iterable[int]) -> Zygote:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process = os.fork()
        if process == 0:
            ours.close()
            for descriptor in {*own, *self._zygotes}:
                with suppress(OSError):
                    os.close(descriptor)
            live(theirs, [], {})
        theirs.close()
        zygote = self._known(ours, frozenset(), "", {})
        zygote.process = process
        self._first = ours.fileno()
        return zygote

    def _grow(self, parent: Zygote, names: list[str], loading: Mapping[str, str]) -> Zygote:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            request = {"do": "grow", "names": names, "loading": dict(loading)}
            socket.send_fds(parent.control, [json.dumps(request).encode()], [theirs.fileno()])
        label = names[-1] if names else ""
        return self._known(ours, parent.names | frozenset(names), label, dict(loading))

    def _known(
        self, control: socket.socket, names: frozenset[str], label: str, loading: Mapping[str, str]
    ) -> Zygote:
        control.setblocking(False)
        zygote = Zygote(control, names, label, loading)
        self._zygotes[control.fileno()] = zygote
        return zygote

    def _forget(self, descriptor: int) -> None:
        gone = self._zygotes.pop(descriptor)
        gone.control.close()
        if descriptor == self._first:
            self._first = None
            if gone.process is not None:
                with suppress(ChildProcessError):
                    os.waitpid(gone.process, 0)

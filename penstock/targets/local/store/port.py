"""The port of the stores, and the way from a URI to its store."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from penstock.errors import Problem, StepError
from penstock.targets.local.result import Output


class Store(Protocol):
    """Files and folders by URI; a folder's holds what was published below it."""

    def fetch(self, uri: str, folder: Path) -> None:
        """Put what is at `uri` into `folder`: a single file under its own name, else the tree.

        Raises:
            StepError: There is nothing, or it may not be read.
            ServiceFault: The store answers badly at the moment.
        """

    def publish(self, source: Path, uri: str) -> None:
        """Put a file at `uri`, or a folder's files below it. Doing it again changes nothing.

        Raises:
            StepError: It cannot be written.
            ServiceFault: The store answers badly at the moment.
        """

    def remove(self, uri: str) -> None:
        """Remove one file; nothing happens where there is none.

        Raises:
            StepError: It may not be removed.
            ServiceFault: The store answers badly at the moment.
        """

    def read(self, uri: str) -> bytes:
        """Return the bytes of one file.

        Raises:
            StepError: There is none, or it may not be read.
            ServiceFault: The store answers badly at the moment.
        """

    def mark(self, uri: str) -> str:
        """Return a text that changes when a file at `uri` or below it does; empty without one.

        It is found without reading the files.

        Raises:
            StepError: It may not be read.
            ServiceFault: The store answers badly at the moment.
        """

    def exists(self, uri: str) -> bool:
        """Return whether there is a file at `uri` or files below it.

        Raises:
            StepError: It may not be read.
            ServiceFault: The store answers badly at the moment.
        """


class Stores:
    """The store of each scheme, opened when first needed, by one thread at a time."""

    def __init__(self, factories: Mapping[str, Callable[[], Store]]) -> None:
        self._lock = threading.Lock()
        self._factories = factories
        self._open: dict[str, Store] = {}

    def of(self, uri: str) -> Store:
        """Return the store of a URI.

        Raises:
            StepError: There is none for its scheme.
        """
        scheme = uri.partition("://")[0]
        if "://" not in uri or scheme not in self._factories:
            known = ", ".join(f"{name}://" for name in sorted(self._factories))
            raise StepError(Problem(f"`{uri}` is in no store.", remedy=f"Use {known}."))
        # boto3 does not make clients in two threads at once.
        with self._lock:
            if scheme not in self._open:
                self._open[scheme] = self._factories[scheme]()
            return self._open[scheme]

    def marked(self, output: Output) -> Output:
        """Return an artifact with the mark that it has now."""
        place = output.stored_at
        return replace(output, mark=self.of(place).mark(place))

    def holds(self, output: Output) -> bool:
        """Return whether an artifact is what it was when it was marked."""
        return self.marked(output).mark == output.mark


def mark_of(files: Iterable[tuple[str, ...]]) -> str:
    """Return one text for what a store tells of files; empty where there are none."""
    lines = sorted(files)
    return hashlib.sha256(repr(lines).encode()).hexdigest() if lines else ""


def join_uri(uri: str, *names: str) -> str:
    """Return the URI of something below another."""
    return "/".join([uri.rstrip("/"), *names])

"""The files of a folder, as digests, stores and archives see them: links followed, circles not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ASIDE = ".penstock-aside"
"""End of the names of files that are being written; a crash may leave them, nothing reads them."""


def files_below(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every regular file below a folder and its relative name, in an order of names alone.

    Raises:
        OSError: The folder is missing or may not be read.
    """
    for path, name in entries_below(folder):
        if path.is_file():
            yield path, name


def entries_below(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every folder and regular file below a folder and its relative name, in the same order.

    Raises:
        OSError: The folder is missing or may not be read.
    """
    yield from _walk(folder, "", frozenset())


def aside_name(target: Path) -> Path:
    """Return where the bytes of a file are written before they are there as a whole."""
    return target.with_name(f".{os.getpid()}-{os.urandom(6).hex()}{ASIDE}")


def _walk(
    folder: Path, prefix: str, above: frozenset[tuple[int, int]]
) -> Iterator[tuple[Path, str]]:
    inside = above | {_identity(folder)}
    with os.scandir(folder) as found:
        names = sorted(entry.name for entry in found)
    for name in names:
        path = folder / name
        if path.is_dir():
            if _identity(path) not in inside:
                yield path, f"{prefix}{name}"
                yield from _walk(path, f"{prefix}{name}/", inside)
        elif path.is_file() and not name.endswith(ASIDE):
            yield path, f"{prefix}{name}"


def _identity(folder: Path) -> tuple[int, int]:
    facts = folder.stat()
    return facts.st_dev, facts.st_ino

"""Notices that code or libraries are no longer those that a server has loaded."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_SUFFIXES = (".py", ".sql", ".yaml")
_PACKAGE = Path(__file__).resolve().parents[3]
_ALWAYS = ("components", "pipelines", "use_cases")


def fingerprint(project: Path) -> str:
    """Return a digest over names, sizes and times of sources and installed packages.

    The sources are the engine's and those of the project's packages: every folder at its top that
    holds an `__init__.py`, and every module there.
    """
    total = hashlib.sha256()
    for line in (*_sources(project), *_installed()):
        total.update(line.encode(errors="surrogateescape"))
    return total.hexdigest()


def _sources(project: Path) -> Iterator[str]:
    yield from _below(str(_PACKAGE))
    for entry in _entries(str(project)):
        if entry.name.endswith(_SUFFIXES):
            yield _facts(entry)
        elif (
            not entry.name.startswith(".")
            and entry.is_dir()
            and (entry.name in _ALWAYS or os.path.lexists(f"{entry.path}/__init__.py"))
            and os.path.realpath(entry.path) != str(_PACKAGE)
        ):
            yield from _below(entry.path)


def _below(folder: str) -> Iterator[str]:
    for entry in _entries(folder):
        if entry.name.endswith(_SUFFIXES):
            yield _facts(entry)
        elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
            yield from _below(entry.path)


def _installed() -> Iterator[str]:
    for folder in sys.path:
        if folder.endswith(("site-packages", "dist-packages")):
            for entry in _entries(folder):
                if entry.name.endswith((".dist-info", ".egg-link", ".pth")):
                    yield _facts(entry)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _facts(entry: os.DirEntry[str]) -> str:
    try:
        facts = entry.stat()
    except OSError:
        return f"{entry.path}\0gone\n"
    return f"{entry.path}\0{facts.st_mtime_ns}\0{facts.st_size}\n"

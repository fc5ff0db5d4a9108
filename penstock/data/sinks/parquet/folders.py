"""Folders that files are published into: on this machine, or on S3."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from penstock.data.sinks.parquet.manifest import MANIFEST
from penstock.data.tree import ASIDE, aside_name, files_below

LOCK = "_lock"
ENDING = ".parquet"


class Folder(Protocol):
    """Where the files and the manifest are."""

    @property
    def place(self) -> str:
        """Address for messages."""

    def alone(self) -> object:
        """Return a context in which no other publisher of this machine works here."""

    def manifest(self) -> tuple[bytes, str]:
        """Return the manifest, empty where there is none, and a mark of this version."""

    def put(self, path: str, file: Path) -> None:
        """Put a file at a path; it is there as a whole or not at all."""

    def commit(self, content: bytes, mark: str) -> bool:
        """Replace the manifest if it is still the version of `mark`; say whether it was."""

    def fetch(self, path: str, target: Path) -> None:
        """Copy a file to this machine."""

    def tidy(self, live: Set[str]) -> None:
        """Remove files that no manifest names and that nobody is about to name."""


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine. Publishers take turns: a file that is not live is left over."""

    root: Path

    @property
    def place(self) -> str:
        """Path of the folder."""
        return str(self.root)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder's lock."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def manifest(self) -> tuple[bytes, str]:
        """Return the manifest; see `Folder`."""
        file = self.root / MANIFEST
        return (file.read_bytes() if file.is_file() else b""), ""

    def put(self, path: str, file: Path) -> None:
        """Copy a file and rename it into its place."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = aside_name(target)
        try:
            shutil.copyfile(file, aside)
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)

    def commit(self, content: bytes, mark: str) -> bool:  # noqa: ARG002  # the lock stands for it
        """Replace the manifest by renaming."""
        target = self.root / MANIFEST
        aside = aside_name(target)
        try:
            aside.write_bytes(content)
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
        return True

    def fetch(self, path: str, target: Path) -> None:
        """Copy a file."""
        shutil.copyfile(self.root / path, target)

    def tidy(self, live: Set[str]) -> None:
        """Remove what crashes and replaced runs left."""
        for file, name in list(files_below(self.root)):
            if name.endswith(ENDING) and name not in live:
                file.unlink(missing_ok=True)
        for aside in self.root.rglob(f".*{ASIDE}"):
            aside.unlink(missing_ok=True)
        for folder in self.root.iterdir():
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

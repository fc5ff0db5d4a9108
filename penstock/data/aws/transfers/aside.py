"""Where the bytes of an object come before the file is there as a whole."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from penstock.data.tree import ASIDE, aside_name

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""File systems of a network may have none."""

_OLD_SECONDS = 7 * 24 * 3600
"""Bytes that nobody came back for in a week."""


class Aside:
    """A file that nobody else writes to.

    Attributes:
        path: Of the file.
        journal: Of what tells which parts of it have come.
        is_kept: Whether a later run finds it; else it is of this run alone.
    """

    def __init__(self, path: Path, handle: int, *, is_kept: bool) -> None:
        self.path, self._handle, self.is_kept = path, handle, is_kept
        self.journal = path.with_name(f"{path.name.removesuffix(ASIDE)}-parts{ASIDE}")

    def clear(self) -> None:
        """Forget what has come."""
        self.journal.unlink(missing_ok=True)
        os.ftruncate(self._handle, 0)

    def write(self, content: bytes, offset: int) -> None:
        """Put bytes at a place of it; several threads may."""
        view = memoryview(content)
        while view:
            count = os.pwrite(self._handle, view, offset)
            view, offset = view[count:], offset + count

    def read(self, size: int, offset: int) -> bytes:
        """Return bytes of it; fewer where it ends."""
        return os.pread(self._handle, size, offset)

    def move_to(self, target: Path, *, durably: bool = False) -> None:
        """Let it be the target; its journal goes.

        Args:
            target: A file that is there is replaced.
            durably: Whether the bytes are on the disk before they have the name: after a loss of
                power, the target is whole or what it was.
        """
        if durably:
            os.fsync(self._handle)
        try:
            self.path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            copy = aside_name(target)
            try:
                shutil.copyfile(self.path, copy)
                if durably:
                    with copy.open("rb") as stream:
                        os.fsync(stream.fileno())
                copy.replace(target)
            finally:
                copy.unlink(missing_ok=True)
            self.path.unlink()
        self.journal.unlink(missing_ok=True)

    def remove(self) -> None:
        """Leave nothing of it."""
        self.path.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)


@contextmanager
def open_aside(folder: Path, name: str) -> Iterator[Aside]:
    """Open the file of that name, which may hold what an earlier run has left.

    Where another process has it open, the file is one of this run alone, and gone afterwards.

    Args:
        folder: It is made if it is missing.
        name: Of what comes; the file's own follows from it.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{hashlib.sha256(name.encode()).hexdigest()[:24]}{ASIDE}"
    handle = _locked(path)
    if handle is not None:
        try:
            yield Aside(path, handle, is_kept=True)
        finally:
            os.close(handle)
        return
    path = aside_name(path)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    aside = Aside(path, handle, is_kept=False)
    try:
        yield aside
    finally:
        os.close(handle)
        with contextlib.suppress(OSError):
            aside.remove()


def remove_old(folder: Path) -> None:
    """Remove what nobody came back for in a week; what is being written is younger."""
    with contextlib.suppress(OSError):
        for each in folder.glob(f".*{ASIDE}"):
            with contextlib.suppress(OSError):
                if each.stat().st_mtime < time.time() - _OLD_SECONDS:
                    each.unlink(missing_ok=True)


@lru_cache(maxsize=1_000)
def remove_old_once(folder: Path) -> None:
    """Do so once in a process: a folder that thousands of files come into is not read for each."""
    remove_old(folder)


def _locked(path: Path) -> int | None:
    """Return a handle of the file that nobody else has; None: somebody has, or nobody can tell.

    Who held it may have moved it away between opening and locking: then it is another file.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except FileNotFoundError:
            pass
        except OSError as error:
            os.close(handle)
            if error.errno not in _NO_LOCKS:
                raise
            return None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)

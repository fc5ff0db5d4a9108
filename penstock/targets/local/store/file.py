"""Artifacts as files of this machine: linked, never copied within a file system."""

from __future__ import annotations

import contextlib
import errno
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from penstock.data.tree import aside_name, files_below
from penstock.errors import Problem, StepError
from penstock.targets.local.store.port import mark_of

SCHEME = "file://"

_NO_LINKS_HERE = (
    errno.EXDEV,
    errno.EPERM,
    errno.EMLINK,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
)
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR)
_WRITE_BITS = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def file_path(uri: str) -> Path:
    """Return the path that a `file://` URI names."""
    return Path(uri.removeprefix(SCHEME))


class FileStore:
    """Files below any folder of this machine.

    Published files are made read-only: a job that gets them as its input shares their bytes.
    """

    def fetch(self, uri: str, folder: Path) -> None:
        """Link what is at `uri` into `folder`; across file systems by symbolic links.

        Raises:
            StepError: There is nothing, or it may not be read.
        """
        source = file_path(uri)
        try:
            if source.is_file():
                _bring(source, folder / source.name)
                return
            found = False
            for file, name in files_below(source):
                found = True
                _bring(file, folder / name)
        except OSError as error:
            if error.errno not in _NOTHING_THERE or _is_there(source):
                raise _failure(error, f"{uri} cannot be read") from error
            found = False
        if not found:
            raise StepError(
                Problem(
                    f"there is nothing at {uri}.", remedy="Look at the step that should write it."
                )
            )

    def publish(self, source: Path, uri: str) -> None:
        """Link a file to `uri`, or a folder's files below it, and make them read-only.

        A file that others still may write, because it has another name elsewhere, is copied.

        Raises:
            StepError: It cannot be written.
        """
        target = file_path(uri)
        try:
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                _keep(source, target, source.parent.resolve())
                return
            root = source.resolve()
            for file, name in files_below(source):
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                _keep(file, place, root)
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _failure(error, f"{uri} cannot be written") from error

    def remove(self, uri: str) -> None:
        """Remove one file; nothing happens where there is none.

        Raises:
            StepError: It may not be removed.
        """
        try:
            file_path(uri).unlink(missing_ok=True)
        except OSError as error:
            raise _failure(error, f"{uri} cannot be removed") from error

    def read(self, uri: str) -> bytes:
        """Return the bytes of one file.

        Raises:
            StepError: There is none, or it may not be read.
        """
        try:
            return file_path(uri).read_bytes()
        except OSError as error:
            raise _failure(error, f"{uri} cannot be read") from error

    def mark(self, uri: str) -> str:
        """Return a digest of the names, sizes and times of the files at `uri` or below it.

        Raises:
            StepError: They may not be read.
        """
        path = file_path(uri)
        try:
            files = [(path, "")] if path.is_file() else files_below(path)
            return mark_of(
                (name, str(facts.st_size), str(facts.st_mtime_ns))
                for file, name in files
                for facts in [file.stat()]
            )
        except OSError as error:
            if error.errno in _NOTHING_THERE:
                return ""
            raise _failure(error, f"{uri} cannot be read") from error

    def exists(self, uri: str) -> bool:
        """Return whether there is a file at `uri` or files below it.

        Raises:
            StepError: It may not be read.
        """
        path = file_path(uri)
        try:
            return path.is_file() or next(files_below(path), None) is not None
        except OSError as error:
            if error.errno in _NOTHING_THERE:
                return False
            raise _failure(error, f"{uri} cannot be read") from error


def _bring(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    real = source.resolve()
    try:
        _link(real, target)
    except OSError as error:
        if error.errno not in _NO_LINKS_HERE:
            raise
        with _aside(target) as aside:
            aside.symlink_to(real)


def _keep(source: Path, target: Path, root: Path) -> None:
    real = source.resolve()
    facts = real.stat()
    shared = facts.st_nlink > 1 or not real.is_relative_to(root)
    if shared and facts.st_mode & _WRITE_BITS:
        # These bytes may be the user's under another name: neither lock them nor rely on them.
        _copy(real, target)
        return
    try:
        real.chmod(0o444)
        _link(real, target)
    except OSError as error:
        if error.errno not in _NO_LINKS_HERE:
            raise
        _copy(real, target)


def _link(real: Path, target: Path) -> None:
    try:
        target.hardlink_to(real)
    except FileExistsError:
        if target.is_dir():
            raise
        if target.is_symlink() or not real.samefile(target):
            with _aside(target) as aside:
                aside.hardlink_to(real)


def _copy(real: Path, target: Path) -> None:
    with _aside(target) as aside:
        shutil.copyfile(real, aside)
        aside.chmod(0o444)


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[Path]:
    aside = aside_name(target)
    try:
        yield aside
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True


def _failure(error: OSError, what: str) -> StepError:
    remedies = {
        errno.ENOSPC: "Make room, then resume the run.",
        errno.EDQUOT: "Make room, then resume the run.",
        errno.EACCES: "Give this user the right to it.",
        errno.EPERM: "Give this user the right to it.",
        errno.EROFS: "Give this user the right to it.",
        errno.ENOENT: "Look at the step that should write it.",
    }
    return StepError(
        Problem(
            f"{what}: {error.strerror}.",
            remedy=remedies.get(error.errno or 0, "Look at its path and its disk."),
        )
    )

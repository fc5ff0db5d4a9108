"""Artifacts as files of this machine: linked, never copied within a file system."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from penstock.errors import Problem, StepError

SCHEME = "file://"


def file_path(uri: str) -> Path:
    """Return the path that a `file://` URI names."""
    return Path(uri.removeprefix(SCHEME))


class FileStore:
    """Files below any folder of this machine.

    Published files are made read-only: a job that gets them as its input shares their bytes.
    """

    def fetch(self, uri: str, folder: Path) -> None:
        source = file_path(uri)
        try:
            if source.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                _link(source, folder / source.name)
                return
            found = False
            for file, name in _files(source):
                found = True
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(file, target)
        except OSError as error:
            raise _failure(error, f"{uri} cannot be read") from error
        if not found:
            raise StepError(
                Problem(
                    f"there is nothing at {uri}.", remedy="Look at the step that should write it."
                )
            )

    def publish(self, source: Path, uri: str) -> None:
        target = file_path(uri)
        try:
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(source, target, read_only=True)
                return
            target.mkdir(parents=True, exist_ok=True)
            for file, name in _files(source):
                place = target / name
                place.parent.mkdir(parents=True, exist_ok=True)
                _link(file, place, read_only=True)
        except OSError as error:
            raise _failure(error, f"{uri} cannot be written") from error

    def read(self, uri: str) -> bytes:
        try:
            return file_path(uri).read_bytes()
        except OSError as error:
            raise _failure(error, f"{uri} cannot be read") from error

    def exists(self, uri: str) -> bool:
        path = file_path(uri)
        return path.is_file() or next(_files(path), None) is not None


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for parent, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        for name in sorted(files):
            file = Path(parent, name)
            yield file, file.relative_to(folder).as_posix()


def _link(source: Path, target: Path, *, read_only: bool = False) -> None:
    source = Path(os.path.realpath(source))
    try:
        os.link(source, target)
    except FileExistsError:
        if os.path.samefile(source, target):
            return
        aside = target.with_name(f".{target.name}.{os.getpid()}.new")
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()
        _link(source, aside)
        os.replace(aside, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        if read_only:
            _copy(source, target)
        else:
            target.symlink_to(source)
    if read_only:
        target.chmod(0o444)


def _copy(source: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        shutil.copyfile(source, aside)
        os.replace(aside, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()


def _failure(error: OSError, what: str) -> StepError:
    remedies = {
        errno.ENOSPC: "Make room, then resume the run.",
        errno.EACCES: "Give this user the right to it.",
        errno.ENOENT: "Look at the step that should write it.",
    }
    return StepError(
        Problem(f"{what}: {error.strerror}.", remedy=remedies.get(error.errno or 0, ""))
    )

"""The files of a candidate where dev keeps them: measured first, fetched again when copied."""

from __future__ import annotations

import contextlib
import functools
import posixpath
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from infra.runtime.errors import Refused
from infra.runtime.source_package import SourcePackage
from infra.runtime.statements import File, is_safe_path
from infra.runtime.storage import Measured, Storage, measured

MOST_FILES = 1_000
MOST_BYTES = 4 << 30
"""Of all files of a candidate together; the function's own disk holds an archive and a file."""

_ENGINE = "artifact.json"
"""What a target keeps beside a model, at its top; no part of it."""
_BLOCK_BYTES = 1 << 20
_REMEDY = "Train again, and deliver that model."

Fetch = Callable[[], tuple[IO[bytes], Measured]]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a candidate.

    Attributes:
        file: What it is called centrally, and what it held when it was measured.
        fetch: Returns its bytes as a temporary file, with what they are now.
    """

    file: File
    fetch: Fetch


def source_files(
    storage: Storage, package: SourcePackage, until: contextlib.ExitStack
) -> tuple[SourceFile, ...]:
    """Return all files of a candidate, sorted by their central paths.

    Args:
        storage: S3 as the registrar sees it.
        package: The candidate.
        until: Closes what is opened meanwhile.

    Raises:
        Refused: There are too many files or bytes, a path leads elsewhere, an archive is unsafe or
            damaged, or a part is missing.
    """
    found = list(_model(storage, package, until))
    found += _folder(storage, package.evidence, "evidence")
    found += _single(storage, package.metrics, "metrics")
    found += _single(storage, package.report, "report")
    found.sort(key=lambda each: each.file.path)
    _check_limits(len(found), sum(each.file.size for each in found), package.arn)
    paths = [each.file.path for each in found]
    if len(set(paths)) != len(paths):
        raise Refused("two of its files have one path.", package.arn, _REMEDY)
    return tuple(found)


def _model(
    storage: Storage, package: SourcePackage, until: contextlib.ExitStack
) -> Iterator[SourceFile]:
    if package.is_archive:
        fetched = storage.fetch(package.model, MOST_BYTES)
        if fetched is None:
            raise _gone(package.model)
        archive, _ = fetched
        until.enter_context(archive)
        yield from _members(archive, package.model, until)
    else:
        yield from _folder(storage, package.model, "model")


def _folder(storage: Storage, uri: str, name: str) -> list[SourceFile]:
    if not uri:
        raise Refused(f"the candidate has no {name}.", "", _REMEDY)
    listed: list[str] = []
    total = 0
    for path, size in storage.names(uri):
        if path == _ENGINE:
            continue
        listed.append(path)
        total += size
        # Before anything is read: what is listed may be anybody's.
        _check_limits(len(listed), total, uri)
    if not listed:
        raise _gone(uri)
    root = uri.rstrip("/")
    return [_object(storage, f"{root}/{path}", f"{name}/{path}") for path in sorted(listed)]


def _single(storage: Storage, uri: str, name: str) -> list[SourceFile]:
    if not uri:
        return []
    return [_object(storage, uri, f"{name}/{uri.rpartition('/')[2]}")]


def _object(storage: Storage, uri: str, path: str) -> SourceFile:
    _check_path(path, uri)
    found = storage.measure(uri)
    if found is None:
        raise _gone(uri)
    fetch = functools.partial(_fetched, storage, uri)
    return SourceFile(File(path, found.size, found.sha256), fetch)


def _fetched(storage: Storage, uri: str) -> tuple[IO[bytes], Measured]:
    found = storage.fetch(uri, MOST_BYTES)
    if found is None:
        raise _gone(uri)
    return found


def _members(archive: IO[bytes], where: str, until: contextlib.ExitStack) -> Iterator[SourceFile]:
    """Yield the files of an archive; nothing of it is unpacked to a path."""
    try:
        opened = until.enter_context(_tar(archive))
        count = total = 0
        for member in opened:
            if member.isdir():
                continue
            safe = tarfile.data_filter(member, "/nowhere")
            path = posixpath.normpath(safe.name)
            if not safe.isreg() or safe.issparse():
                raise Refused(f"its member {path!r} is no plain file.", where, _REMEDY)
            if path == _ENGINE:
                continue
            _check_path(f"model/{path}", where)
            count, total = count + 1, total + safe.size
            _check_limits(count, total, where)
            holds = measured(_blocks(opened, member))
            file = File(f"model/{path}", holds.size, holds.sha256)
            yield SourceFile(file, functools.partial(_unpacked, opened, member))
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        reason = str(error).rstrip(".")
        raise Refused(f"the model cannot be unpacked: {reason}.", where, _REMEDY) from None
    if not count:
        raise Refused("the archive holds no model.", where, _REMEDY)


def _tar(archive: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=archive, mode="r:*")


def _unpacked(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[IO[bytes], Measured]:
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # it is the caller's
    for block in _blocks(archive, member):
        copy.write(block)
    copy.seek(0)
    holds = measured(iter(lambda: copy.read(_BLOCK_BYTES), b""))
    copy.seek(0)
    return copy, holds


def _blocks(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream = archive.extractfile(member)
    if stream is not None:
        with stream:
            yield from iter(lambda: stream.read(_BLOCK_BYTES), b"")


def _check_path(path: str, where: str) -> None:
    if not is_safe_path(path):
        raise Refused(f"{path!r} is no path of a file of a promotion.", where, _REMEDY)


def _check_limits(count: int, total_bytes: int, where: str) -> None:
    for found, most, unit in ((count, MOST_FILES, "files"), (total_bytes, MOST_BYTES, "bytes")):
        if found > most:
            remedy = "Leave out what the model does not need."
            raise Refused(f"it has more than {most:,} {unit}.", where, remedy)


def _gone(uri: str) -> Refused:
    return Refused("there is nothing any more.", uri, _REMEDY)

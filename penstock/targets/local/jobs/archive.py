"""`model.tar.gz` and `output.tar.gz`: the same files give the same bytes."""

from __future__ import annotations

import errno
import gzip
import tarfile
import zlib
from pathlib import Path

from penstock.data.tree import aside_name, entries_below
from penstock.errors import Problem, StepError

_LEVEL = 1
"""Models and reports compress little; a higher level costs time and gives almost nothing."""

_BLOCK_BYTES = 1 << 20


def pack(folder: Path, target: Path) -> None:
    """Pack the contents of a folder: sorted, without times and owners, links as what they name.

    Raises:
        StepError: The folder cannot be read or the archive not be written; nothing of it stays.
    """
    aside = aside_name(target)
    try:
        with (
            aside.open("wb") as raw,
            gzip.GzipFile(
                fileobj=raw, mode="wb", compresslevel=_LEVEL, mtime=0, filename=""
            ) as packed,
            tarfile.open(
                fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, dereference=True
            ) as archive,
        ):
            for path, name in entries_below(folder):
                archive.add(path, arcname=name, recursive=False, filter=_anonymous)
        aside.replace(target)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StepError(
            Problem(
                f"{folder} cannot be packed: {error.strerror}.",
                remedy="Make room, then resume the run." if full else "Look at its files.",
            )
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack into a folder; members that point outside it are refused.

    Raises:
        tarfile.TarError: The archive is damaged or reaches outside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with gzip.open(archive) as raw, tarfile.open(fileobj=raw, mode="r:") as opened:
            opened.extractall(folder, filter="data")
            # The checksum stands behind the last member, where tarfile does not read on its own.
            while raw.read(_BLOCK_BYTES):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise tarfile.ReadError(f"{archive} is damaged: {error}") from error


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member

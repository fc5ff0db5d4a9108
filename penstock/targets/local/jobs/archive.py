"""`model.tar.gz` and `output.tar.gz`: the same files give the same bytes."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path

_LEVEL = 1
"""Models and reports compress little; a higher level costs time and gives almost nothing."""


def pack(folder: Path, target: Path) -> None:
    """Pack the contents of a folder: sorted, without times and owners."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with (
            aside.open("wb") as raw,
            gzip.GzipFile(
                fileobj=raw, mode="wb", compresslevel=_LEVEL, mtime=0, filename=""
            ) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted(folder.rglob("*")):
                archive.add(
                    path,
                    arcname=path.relative_to(folder).as_posix(),
                    recursive=False,
                    filter=_anonymous,
                )
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack into a folder; members that point outside it are refused.

    Raises:
        tarfile.TarError: The archive is damaged or reaches outside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member

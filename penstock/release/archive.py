"""The bytes of a release: an uncompressed POSIX tar with every free choice fixed.

Uncompressed, because the output of a compressor differs between its versions and a bomb needs one.
Written by `pack` alone: what it would not have written is refused, headers and
padding included.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from penstock.errors import DataError, Problem

MAXIMUM_BYTES = 256 * 1024**2
MAXIMUM_MEMBERS = 10_000


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files by path: sorted, owned by no one, dated 1970.

    Raises:
        DataError: A path leaves the archive or is too long for it, or a limit is passed.
    """
    buffer = io.BytesIO()
    if len(files) > MAXIMUM_MEMBERS:
        raise _error(f"the release has more than {MAXIMUM_MEMBERS} files.")
    try:
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path, content in sorted(files.items()):
                _check_path(path)
                member = tarfile.TarInfo(path)
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content))
    except ValueError as error:
        raise _error(f"a file has no place in the release: {error}.") from error
    if buffer.tell() > MAXIMUM_BYTES:
        raise _error(f"the release is larger than {MAXIMUM_BYTES} bytes.")
    return buffer.getvalue()


def unpack(content: bytes, where: str) -> dict[str, bytes]:
    """Return the files of an archive by path; nothing is written anywhere.

    Raises:
        DataError: It is no tar, or holds links, devices, folders, sparse files, doubled or outside
            paths, or more than the limits.
    """
    if len(content) > MAXIMUM_BYTES:
        raise _error(f"the archive is larger than {MAXIMUM_BYTES} bytes.", where)
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                if len(files) >= MAXIMUM_MEMBERS:
                    raise _error(f"the archive has more than {MAXIMUM_MEMBERS} members.", where)
                _check_path(member.name, where)
                if member.type != tarfile.REGTYPE or member.name in files:
                    raise _error(f"'{member.name}' is no plain file, or is there twice.", where)
                opened = archive.extractfile(member)
                files[member.name] = opened.read() if opened else b""
    except (tarfile.TarError, ValueError, OSError, EOFError) as error:
        raise _error(f"the archive cannot be read: {error}.", where) from error
    return files


def _check_path(path: str, where: str = "") -> None:
    plain = PurePosixPath(path)
    if str(plain) != path or plain.is_absolute() or ".." in plain.parts or "\\" in path:
        raise _error(f"'{path}' is no path inside a release.", where)


def _error(what: str, where: str = "") -> DataError:
    return DataError(Problem(what, where, "Build the release again, or fetch it again."))

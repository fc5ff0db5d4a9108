"""Archives that training jobs leave: `model.tar.gz` and `output.tar.gz`."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path

from penstock.container.failures import AdapterError

ARCHIVES = ("model.tar.gz", "output.tar.gz")


def unpacked_member(folder: Path, member: str, target: Path) -> Path:
    """Unpack the archive in `folder` once and return the folder `member` of its content.

    A folder that holds no archive is taken as its content already. Links and paths that lead out
    of the archive are refused.

    Raises:
        AdapterError: The archive is unsafe, or has no such member.
    """
    archive = next((folder / name for name in ARCHIVES if (folder / name).is_file()), None)
    content = folder
    if archive is not None:
        content = target
        if not target.exists():
            unpack_archive(archive, target)
    found = content if member == "." else content / member
    if not found.exists():
        raise AdapterError(f"the archive in `{folder.name}` holds no `{member}`.")
    return found


def unpack_archive(archive: Path, target: Path) -> None:
    """Unpack an archive into a new folder, whole or with an error.

    Raises:
        AdapterError: It is no archive, is damaged, or leads out of the folder.
    """
    target.mkdir(parents=True)
    try:
        with tarfile.open(archive, "r:*") as content:
            if not hasattr(tarfile, "data_filter"):
                raise AdapterError(
                    "this Python cannot unpack archives safely. Use 3.9.17, 3.10.12, 3.11.4 "
                    "or newer in the image."
                )
            content.extractall(target, filter="data")
    except (tarfile.ReadError, EOFError, zlib.error, gzip.BadGzipFile):
        raise AdapterError(f"{archive.name} is no archive, or a damaged one.") from None
    except tarfile.TarError as error:
        raise AdapterError(f"{archive.name} cannot be unpacked: {error}") from None

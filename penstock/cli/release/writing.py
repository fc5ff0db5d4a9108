"""Writes a release to the disk as a whole."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.errors import Problem, RequestError


def place_of(output: str, digest: str) -> Path:
    """Return the file that `--output` means.

    Args:
        output: A folder, made if need be, or a file, whose name ends with `.tar`.
        digest: Of the archive, which is its name in a folder.

    Raises:
        RequestError: It is neither.
    """
    path = Path(output)
    if path.suffix != ".tar" or path.is_dir():
        path = path / f"{digest}.penstock.tar"
    if path.is_dir():
        raise RequestError(Problem("this is a folder.", str(path), "Name another place."))
    for folder in path.parents:
        if folder.exists() and not folder.is_dir():
            raise RequestError(Problem("this is no folder.", str(folder), "Name another place."))
    return path


def write_release(path: Path, content: bytes) -> None:
    """Write an archive; the file is replaced once all of it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)

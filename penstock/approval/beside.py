"""The files that a registry keeps of a version beside its model and its evidence."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.data.tree import files_below
from penstock.errors import Problem
from penstock.evidence.pack import file_sha256
from penstock.registry.port import Description

_APART = ("model", "evidence")
"""Folders that are held to digests of their own."""


def files_beside(description: Description) -> Mapping[str, str]:
    """Return the SHA-256 of each of these files by its path, sorted; none where none are told."""
    folder = _folder(description)
    if folder is None or not folder.is_dir():
        return {}
    return {
        path: file_sha256(file)
        for file, path in files_below(folder)
        if path.partition("/")[0] not in _APART
    }


def differing_files(description: Description, approved: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what is wrong where these files are not what they were.

    Args:
        description: Of the version.
        approved: What `files_beside` gave when it was approved.
    """
    there = files_beside(description)
    folder = _folder(description) or Path()
    name = f"{description.registered.group}/{description.registered.version}"
    for path in sorted({*approved, *there}):
        where = str(folder / path)
        if path not in there:
            what = f"a file of {name} is missing."
            yield Problem(what, where, "Restore it from a backup.")
        elif path not in approved:
            what = f"{name} was approved without this file."
            yield Problem(what, where, "Remove it.")
        elif there[path] != approved[path]:
            what = (
                f"a file of {name} is not the one that was approved: its SHA-256 is "
                f"{there[path]}, not {approved[path]}."
            )
            yield Problem(what, where, "Restore it from a backup.")


def _folder(description: Description) -> Path | None:
    place = urlsplit(description.files_uri)
    return Path(url2pathname(place.path)) if place.scheme == "file" else None

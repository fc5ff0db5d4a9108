"""A release and the check of its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import DataError, Problem
from penstock.evidence.canonical import canonical_json, digest_of, read_canonical
from penstock.release.archive import MAXIMUM_BYTES, pack, unpack

MANIFEST = "manifest.json"
FORMAT = "penstock.release/1"
_NAME = re.compile(r"release-([0-9a-f]{64})\.tar")


@dataclass(frozen=True, slots=True)
class Release:
    """The verified bytes of a release.

    Attributes:
        digest: `sha256:<hex>` of the archive.
        manifest: Format, Penstock version, images and files.
        files: All files but the manifest, by path.
    """

    digest: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]


def build_release(files: Mapping[str, bytes], images: list[str], version: str) -> bytes:
    """Return the archive of files and their manifest; the same arguments give the same bytes."""
    entries = [
        {"path": path, "size": len(content), "sha256": digest_of(content)}
        for path, content in sorted(files.items())
    ]
    manifest = {
        "format": FORMAT,
        "penstock": version,
        "images": sorted(set(images)),
        "files": entries,
    }
    return pack({**files, MANIFEST: canonical_json(manifest)})


def file_name(archive: bytes) -> str:
    """Return the name that an archive's bytes give it."""
    return f"release-{digest_of(archive).removeprefix('sha256:')}.tar"


def read_release(path: Path) -> Release:
    """Read a release and hold every byte to its manifest and to the name of the file.

    Raises:
        DataError: It is not what its name says; every file that differs is named.
    """
    where = str(path)
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise _error(
            "the file is not named release-<digest>.tar, so nothing says its digest.", where
        )
    try:
        with path.open("rb") as opened:
            content = opened.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise _error(f"the file cannot be read: {error.strerror}.", where) from error
    files = unpack(content, where)
    if MANIFEST not in files:
        raise _error(f"{MANIFEST} is missing.", where)
    manifest = read_canonical(files.pop(MANIFEST), f"{where}!{MANIFEST}")
    problems = [_problem(what, where) for what in _differences(manifest, files)]
    if problems:
        raise DataError(problems)
    if pack({**files, MANIFEST: canonical_json(manifest)}) != content:
        raise _error("the archive holds other bytes between its files than a release has.", where)
    digest = digest_of(content)
    if digest != f"sha256:{named[1]}":
        raise _error(f"{MANIFEST} or the file's name was altered: the digest is {digest}.", where)
    return Release(digest, manifest, files)


def _differences(manifest: Any, files: Mapping[str, bytes]) -> list[str]:
    """Return what differs between a manifest, which may be anything, and the files."""
    try:
        told = {entry["path"]: (entry["size"], entry["sha256"]) for entry in manifest["files"]}
        known = manifest["format"] == FORMAT
    except (TypeError, KeyError):
        return [f"{MANIFEST} is no manifest of a release."]
    if not known:
        return [f"{MANIFEST} has another format than {FORMAT}."]
    found = {path: (len(content), digest_of(content)) for path, content in files.items()}
    return [
        f"{path} is missing."
        if path not in found
        else f"{path} is not in {MANIFEST}."
        if path not in told
        else f"{path} was altered: it is not the file that {MANIFEST} lists."
        for path in sorted(told.keys() | found.keys(), key=str)
        if told.get(path) != found.get(path)
    ]


def _problem(what: str, where: str) -> Problem:
    return Problem(what, where, "Fetch the release again, or build it again.")


def _error(what: str, where: str) -> DataError:
    return DataError(_problem(what, where))

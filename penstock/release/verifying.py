"""Holds an archive to what it says of itself, down to the last byte; asks no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import DataError, Problem, RequestError
from penstock.release import layout
from penstock.release.building import seal, sha256
from penstock.release.contents import content_problems
from penstock.release.manifest import Manifest
from penstock.release.packing import MAXIMUM_BYTES
from penstock.release.provenance import Provenance
from penstock.release.records import read_record
from penstock.release.release import Release
from penstock.release.unpacking import REMEDY, Unpacked, member, unpack

_NAMED = re.compile(r"([0-9a-f]{64})(\.penstock)?\.tar")


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of verifying an archive.

    Attributes:
        digest: SHA-256 of the archive.
        release: The release; None where something is wrong.
        problems: Everything that is wrong.
    """

    digest: str
    release: Release | None
    problems: tuple[Problem, ...]


def open_release(source: Path | str | bytes, where: str = "") -> Release:
    """Read and verify a release.

    Args:
        source: The path of an archive, or its bytes.
        where: What messages call it; the path by default.

    Raises:
        RequestError: The file is missing or cannot be read.
        DataError: Something is wrong with it; everything is told.
    """
    if isinstance(source, bytes):
        found = verify_release(source, where or "the release")
    else:
        found = verify_release(read_archive(Path(source)), where or str(source))
    if found.release is None:
        raise DataError(found.problems)
    return found.release


def read_archive(path: Path) -> bytes:
    """Return the bytes of a file that may be a release, and one more than it may have.

    Raises:
        RequestError: It is missing, a folder, or cannot be read.
    """
    if path.is_dir():
        raise RequestError(Problem("this is a folder.", str(path), "Name the archive."))
    try:
        with path.open("rb") as opened:
            return opened.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise RequestError(
            Problem("there is no such file.", str(path), "Check the path.")
        ) from None
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}."
        raise RequestError(Problem(what, str(path), "Check the path.")) from error


def verify_release(content: bytes, where: str, digest: str = "") -> Verification:
    """Verify an archive, which may be anything.

    Args:
        content: The archive.
        where: Its place, for messages. A name such as `<digest>.tar` is held against the bytes.
        digest: What its SHA-256 has to be; empty: what its name says, if that says anything.
    """
    found = sha256(content)
    named = _NAMED.fullmatch(where.rpartition("/")[2])
    wanted = digest or (named[1] if named else "")
    problems = []
    if wanted and wanted != found:
        said = "asked for" if digest else "in its name"
        what = f"its SHA-256 is {found}, not the {wanted} {said}."
        problems.append(Problem(what, where, REMEDY))
    unpacked = unpack(content, where)
    problems += unpacked.problems
    manifest, provenance = _documents(unpacked, where, problems)
    if manifest is not None:
        differences = dict(_differences(manifest, unpacked, where))
        problems += differences.values()
        sound = {path: each for path, each in unpacked.files.items() if path not in differences}
        problems += content_problems(manifest, sound, where)
    if problems or manifest is None or provenance is None:
        return Verification(found, None, tuple(problems))
    return Verification(found, Release(found, manifest, provenance, unpacked.files, where), ())


def _documents(
    unpacked: Unpacked, where: str, problems: list[Problem]
) -> tuple[Manifest | None, Provenance | None]:
    """Read what says what the rest has to be; note what is wrong with it."""
    manifest: Manifest | None = None
    provenance: Provenance | None = None
    written = unpacked.files.get(layout.MANIFEST)
    if written is not None:
        try:
            manifest = read_record(Manifest, written, member(where, layout.MANIFEST))
        except DataError as error:
            problems += error.problems
        sealed = unpacked.files.get(layout.SEAL)
        if sealed is not None and sealed != seal(written):
            what = (
                f"its SHA-256 is {sha256(written)}, not what {layout.SEAL} says: "
                "one of the two was changed."
            )
            problems.append(Problem(what, member(where, layout.MANIFEST), REMEDY))
    if layout.PROVENANCE in unpacked.files:
        try:
            place = member(where, layout.PROVENANCE)
            provenance = read_record(Provenance, unpacked.files[layout.PROVENANCE], place)
        except DataError as error:
            problems += error.problems
    listed = manifest.by_path if manifest is not None else {}
    for path in layout.DOCUMENTS:
        if path not in unpacked.files and path not in unpacked.damaged and path not in listed:
            problems.append(Problem("it is missing.", member(where, path), REMEDY))
    return manifest, provenance


def _differences(
    manifest: Manifest, unpacked: Unpacked, where: str
) -> Iterator[tuple[str, Problem]]:
    """Yield paths at which the files are not those that the manifest lists, and why."""
    listed = manifest.by_path
    paths = [each.path for each in manifest.files]
    if paths != sorted(set(paths)):
        place = member(where, layout.MANIFEST)
        what = "its files are not sorted, or are listed twice."
        yield layout.MANIFEST, Problem(what, place, REMEDY)
    there = {each: content for each, content in unpacked.files.items() if each not in _UNLISTED}
    for path in sorted(listed.keys() | there.keys()):
        place = member(where, path)
        if path not in there:
            if path not in unpacked.damaged:
                what = f"{layout.MANIFEST} lists it, but it is missing."
                yield path, Problem(what, place, REMEDY)
        elif path not in listed:
            yield path, Problem(f"{layout.MANIFEST} does not list it.", place, REMEDY)
        elif len(there[path]) != listed[path].size:
            what = f"it has {len(there[path]):,} bytes, not {listed[path].size:,}."
            yield path, Problem(what, place, REMEDY)
        elif (found := sha256(there[path])) != listed[path].sha256:
            what = f"its SHA-256 is {found}, not {listed[path].sha256}."
            yield path, Problem(what, place, REMEDY)


_UNLISTED = (layout.MANIFEST, layout.SEAL)

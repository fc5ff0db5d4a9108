"""The evidence pack: a folder with one canonical document that names every other file in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from penstock.data.tree import files_below
from penstock.errors import DataError, Problem
from penstock.evidence.canonical import canonical_json, digest_of, read_canonical

FORMAT = "penstock.evidence/1"
DOCUMENT, PAGE = "evidence.json", "evidence.html"
LARGEST_BYTES = 50 * 1024 * 1024
"""Of all files of a pack together; what a pack speaks of, such as the model, may be larger."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was read.

    Attributes:
        folder: Where it is.
        document: Its document.
        digest: SHA-256 of `evidence.json`: what an approval names.
    """

    folder: Path
    document: Mapping[str, Any]
    digest: str


def write_pack(folder: Path, document: Mapping[str, Any]) -> Pack:
    """Write the document of a folder that holds the pack's other files already.

    Args:
        folder: The pack's folder.
        document: Without `format` and `files`, which are added.

    Raises:
        DataError: The files are too large together, or the document has no canonical form.
    """
    sizes = file_sizes(folder)
    sizes.pop(DOCUMENT, None)
    files = [
        {"path": path, "size": size, "sha256": file_sha256(folder / path)}
        for path, size in sorted(sizes.items())
    ]
    whole = {**document, "format": FORMAT, "files": files}
    content = canonical_json(whole)
    _check_size(sum(sizes.values()) + len(content), folder)
    aside = folder / f".{DOCUMENT}.new"
    aside.write_bytes(content)
    aside.replace(folder / DOCUMENT)
    return Pack(folder, whole, digest_of(content))


def read_pack(folder: Path) -> Pack:
    """Read the document of a pack; the other files are not looked into.

    Raises:
        DataError: It is no pack, is too large, or its document is damaged.
    """
    file = folder / DOCUMENT
    if not file.is_file():
        raise DataError(
            Problem(
                f"this is no evidence pack: it holds no {DOCUMENT}.",
                str(folder),
                "Name the folder of a pack, or a version such as fraud/4.",
            )
        )
    _check_size(sum(file_sizes(folder).values()), folder)
    content = file.read_bytes()
    document = read_canonical(content, str(file))
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        what = f"the document is not of the format {FORMAT}."
        raise DataError(Problem(what, str(file), "Use the version of Penstock that wrote it."))
    if not _is_listed(document.get("files")):
        what = "the document's list of files is damaged."
        raise DataError(Problem(what, str(file), "Fetch it again from the registry."))
    return Pack(folder, document, digest_of(content))


def _is_listed(files: Any) -> bool:
    shape = {"path": str, "size": int, "sha256": str}
    return isinstance(files, list) and all(
        isinstance(each, dict)
        and each.keys() == shape.keys()
        and all(isinstance(each[name], kind) for name, kind in shape.items())
        for each in files
    )


def is_inside(path: str) -> bool:
    """Return whether a path of a document stays below the pack's folder."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts and "\\" not in path


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of every file of a pack by its path."""
    return {path: file.stat().st_size for file, path in files_below(folder)}


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file as hex digits; it is read in blocks."""
    with file.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_size(size: int, folder: Path) -> None:
    if size > LARGEST_BYTES:
        raise DataError(
            Problem(
                f"the evidence pack has {size / 1024**2:,.0f} MiB; at most "
                f"{LARGEST_BYTES // 1024**2} MiB are read.",
                str(folder),
                "Leave large files beside the pack and name their digests in it.",
            )
        )

"""Verification without a network: every byte that can be reached against the pack's document."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from penstock.data.digest import content_digest
from penstock.errors import Problem
from penstock.evidence.pack import DOCUMENT, file_sha256, file_sizes, is_inside, read_pack

_RESTORE = "Fetch the pack again from the registry, or reject the version."


def verify_pack(
    folder: Path, reachable: Mapping[str, Path] | None = None, *, digest: str = ""
) -> Sequence[Problem]:
    """Hash a pack and what it speaks of again.

    Args:
        folder: The pack.
        reachable: Paths of what the document's `digests` name, such as `model`.
        digest: What an approval says the evidence digest is; empty: nobody said so.

    Returns:
        What does not match, each with its place; empty if all is as it was.

    Raises:
        DataError: It is no pack, or the document is damaged.
    """
    pack = read_pack(folder)
    problems: list[Problem] = []
    if digest and pack.digest != digest:
        problems.append(
            Problem(
                f"the evidence digest is {pack.digest}, not {digest}.",
                str(folder / DOCUMENT),
                _RESTORE,
            )
        )
    problems += _listed(folder, pack.document)
    for name, path in (reachable or {}).items():
        problems += _reached(name, path, pack.document)
    return problems


def _listed(folder: Path, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what differs between the files that are listed and those that are there."""
    listed = {str(each["path"]): each for each in document["files"]}
    there = file_sizes(folder)
    sound = [path for path in listed if path in there and is_inside(path)]
    with ThreadPoolExecutor(2) as threads:
        hashes = threads.map(lambda path: file_sha256(folder / path), sound)
        found = dict(zip(sound, hashes, strict=True))
    for path, entry in sorted(listed.items()):
        if path not in found:
            yield Problem("a file that the document names is missing.", path, _RESTORE)
        elif there[path] != entry["size"]:
            what = f"the file has {there[path]:,} bytes, not {entry['size']:,}."
            yield Problem(what, path, _RESTORE)
        elif found[path] != entry["sha256"]:
            what = f"the file's SHA-256 is {found[path]}, not {entry['sha256']}."
            yield Problem(what, path, _RESTORE)
    for path in sorted(set(there) - set(listed) - {DOCUMENT}):
        yield Problem("the document does not name this file.", path, "Remove it.")


def _reached(name: str, path: Path, document: Mapping[str, Any]) -> Iterator[Problem]:
    digests = document.get("digests")
    said = digests.get(name) if isinstance(digests, dict) else None
    wanted = said.get("digest") if isinstance(said, dict) else said
    if not wanted:
        yield Problem(f"the document names no digest of its {name}.", str(path))
    elif not path.exists():
        what = f"the {name} that was judged is not there any more."
        yield Problem(what, str(path), "Restore it, or verify without it.")
    else:
        found = content_digest(path)
        if found != wanted:
            what = (
                f"the {name} is not the one that was judged: its digest is {found}, not {wanted}."
            )
            yield Problem(what, str(path), "Restore the bytes that were judged, or train again.")

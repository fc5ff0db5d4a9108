"""From files to the bytes of a release: an uncompressed POSIX tar with every free choice fixed.

Uncompressed, because the output of a compressor differs between its versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.errors import DataError, Problem
from penstock.release.header import BLOCK_BYTES, split_path, write_header
from penstock.release.layout import is_plain_path, shown

MAXIMUM_BYTES = 256 * 1024**2
MAXIMUM_MEMBERS = 10_000
END = bytes(2 * BLOCK_BYTES)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files by path: sorted, owned by no one, dated 1970.

    Raises:
        DataError: Paths are not the same on every system or leave the archive, or a limit is
            passed; every path is told.
    """
    problems = list(path_problems(files))
    if problems:
        raise DataError(problems)
    parts = []
    for path in sorted(files):
        content = files[path]
        parts += [write_header(path, len(content)), content, bytes(padding_bytes(len(content)))]
    archive = b"".join([*parts, END])
    if len(archive) > MAXIMUM_BYTES:
        what = f"the release would have {len(archive):,} bytes; it may have {MAXIMUM_BYTES:,}."
        raise DataError(Problem(what, "", "Leave out what pipelines do not need."))
    return archive


def padding_bytes(size: int) -> int:
    """Return how many zeros follow a file of `size` bytes."""
    return -size % BLOCK_BYTES


def folders_of(path: str) -> list[str]:
    """Return the folders above a path, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def path_problems(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield what keeps these paths from one archive."""
    if len(files) > MAXIMUM_MEMBERS:
        what = f"there are {len(files):,} files; a release may have {MAXIMUM_MEMBERS:,}."
        yield Problem(what, "", "Leave out what pipelines do not need.")
    folded: dict[str, str] = {}
    for path in sorted(files):
        for folder in folders_of(path):
            if folder in files:
                what = f"{shown(folder)} is a file and a folder."
                yield Problem(what, shown(path), "Rename one of them.")
        if not is_plain_path(path):
            remedy = "Use letters, digits and ._+@=,- in the names of files."
            yield Problem("a release has no place for such a name.", shown(path), remedy)
        elif split_path(path) is None:
            yield Problem("the path is too long for a release.", path, "Shorten it.")
        other = folded.setdefault(path.casefold(), path)
        if other != path:
            what = f"on some systems this is the same file as {shown(other)}."
            yield Problem(what, shown(path), "Rename one of them.")

"""From the bytes of an archive, which may be anything, to its files and all that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.errors import Problem
from penstock.release.header import (
    BLOCK_BYTES,
    KINDS,
    REGULAR,
    Header,
    looks_like_header,
    read_header,
)
from penstock.release.layout import is_plain_path, shown
from penstock.release.packing import (
    END,
    MAXIMUM_BYTES,
    MAXIMUM_MEMBERS,
    folders_of,
    padding_bytes,
)

REMEDY = "Fetch the release again, or build it again."
_ZEROS = bytes(BLOCK_BYTES)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What an archive holds.

    Attributes:
        files: Sound files by path.
        damaged: Paths that stand in the archive and whose bytes cannot be told.
        problems: Everything that `pack` would not have written.
    """

    files: Mapping[str, bytes]
    damaged: frozenset[str]
    problems: tuple[Problem, ...]


def unpack(content: bytes, where: str) -> Unpacked:
    """Return the files of an archive; nothing is written anywhere.

    Args:
        content: The archive.
        where: Its place, for messages.
    """
    walk = _Walk(content, where)
    if len(content) > MAXIMUM_BYTES:
        walk.problem(f"it has {len(content):,} bytes; a release has at most {MAXIMUM_BYTES:,}.")
    elif not content:
        walk.problem("it is empty.")
    elif not looks_like_header(content[:BLOCK_BYTES]):
        walk.problem("it does not begin as a release does: it is another kind of file, or damaged.")
        walk.run(walk.next_header(BLOCK_BYTES))
    else:
        walk.run(0)
    return Unpacked(walk.files, frozenset(walk.damaged), tuple(walk.problems))


class _Walk:
    """One pass over an archive, which goes on behind what is damaged."""

    def __init__(self, content: bytes, where: str) -> None:
        self._content, self._where = content, where
        self._seen: dict[str, str] = {}
        self._last = ""
        self.files: dict[str, bytes] = {}
        self.damaged: set[str] = set()
        self.problems: list[Problem] = []

    def problem(self, what: str, path: str | None = None) -> None:
        """Note what is wrong with the archive, or with a file in it."""
        where = self._where if path is None else member(self._where, path)
        self.problems.append(Problem(what, where, REMEDY))

    def run(self, offset: int) -> None:
        """Read members from `offset` to the end."""
        count = 0
        while True:
            block = self._content[offset : offset + BLOCK_BYTES]
            if len(block) < BLOCK_BYTES:
                if self.problems and len(self._content) == offset:
                    return
                self.problem(f"it was cut off: it ends at byte {len(self._content):,}.")
                return
            if not looks_like_header(block) and (
                block == _ZEROS or len(self._content) - offset == len(END)
            ):
                self._end(offset)
                return
            if count == MAXIMUM_MEMBERS:
                self.problem(f"it has more files than a release may have, {MAXIMUM_MEMBERS:,}.")
                return
            count += 1
            if looks_like_header(block):
                offset = self._member(offset, read_header(block))
            else:
                self.problem(f"the block at byte {offset:,} is no header of a file.")
                offset = self.next_header(offset + BLOCK_BYTES)

    def next_header(self, offset: int) -> int:
        """Return where the next sound header or the end of the archive begins."""
        length = len(self._content)
        while offset + BLOCK_BYTES <= length:
            if self._content[offset + 257 : offset + 262] == b"ustar":
                block = self._content[offset : offset + BLOCK_BYTES]
                if read_header(block).sums:
                    return offset
            if length - offset == len(END) and self._content[offset:] == END:
                return offset
            offset += BLOCK_BYTES
        return length

    def _member(self, offset: int, header: Header) -> int:
        """Take one file and return where the next header is."""
        path, start = header.path, offset + BLOCK_BYTES
        if header.kind not in (REGULAR, b"\0"):
            kind = KINDS.get(header.kind, "of an unknown kind")
            self.problem(f"it is {kind}; a release holds regular files alone.", path)
        if header.differing:
            fields = ", ".join(header.differing)
            self.problem(f"its header at byte {offset:,} is damaged or foreign: {fields}.", path)
        if not self._is_welcome(path):
            path = ""
        size = header.size
        if size is None or not (header.sums or self._is_boundary(start + _padded(size))):
            self.damaged.add(path)
            return self.next_header(start)
        content = self._content[start : start + size]
        if len(content) < size:
            what = f"it was cut off: {len(content):,} of its {size:,} bytes are there."
            self.problem(what, header.path)
            self.damaged.add(path)
            return len(self._content)
        end = start + _padded(size)
        padding = self._content[start + size : end]
        if padding.strip(b"\0"):
            byte = start + size + _first_byte(padding)
            self.problem(f"the padding behind it is not zero at byte {byte:,}.", header.path)
        if header.kind != REGULAR:
            self.damaged.add(path)
        elif path:
            self.files[path] = content
        return min(end, len(self._content))

    def _is_welcome(self, path: str) -> bool:
        """Return whether a path may stand here; note why not."""
        if not is_plain_path(path):
            self.problem("a release has no place for such a name.", path)
            return False
        other = self._seen.setdefault(path.casefold(), path)
        if path in self.files or path in self.damaged:
            self.problem("it is there twice.", path)
            return False
        if other != path:
            self.problem(f"on some systems it is the same file as {shown(other)}.", path)
        for folder in folders_of(path):
            if folder.casefold() in self._seen:
                self.problem(f"{shown(folder)} is a file and a folder.", path)
        if path < self._last:
            self.problem(f"it stands behind {shown(self._last)}; a release is sorted.", path)
        self._last = path
        return True

    def _is_boundary(self, offset: int) -> bool:
        block = self._content[offset : offset + BLOCK_BYTES]
        return block == _ZEROS or looks_like_header(block)

    def _end(self, offset: int) -> None:
        rest = self._content[offset:]
        if len(rest) < len(END):
            self.problem(f"it was cut off: it ends at byte {len(self._content):,}.")
            return
        if rest[: len(END)].strip(b"\0"):
            byte = offset + _first_byte(rest)
            self.problem(f"the end of the archive is not zero at byte {byte:,}.")
        if len(rest) > len(END):
            count, byte = len(rest) - len(END), offset + len(END)
            self.problem(f"{count:,} bytes follow the end of the archive at byte {byte:,}.")


def member(where: str, path: str) -> str:
    """Return what messages call a file inside an archive."""
    return f"{where}!{shown(path)}"


def _padded(size: int) -> int:
    return size + padding_bytes(size)


def _first_byte(content: bytes) -> int:
    return len(content) - len(content.lstrip(b"\0"))

"""Which parts of an object have come: a line each, with the SHA-256 of what was written."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence

from penstock.data.aws.transfers.aside import Aside
from penstock.data.aws.transfers.parts import Part

_LINE = re.compile(r"(\d{1,5}) ([0-9a-f]{64})\n")
_BLOCK_BYTES = 1 << 20


class Journal:
    """The journal of one file aside, for one version of an object.

    A line follows the bytes that it speaks of, and counts only if these still have its digest: a
    process that was killed leaves no wrong line, and a machine that went down leaves none that
    counts.
    """

    def __init__(self, aside: Aside, version: Mapping[str, object], parts: Sequence[Part]) -> None:
        self._aside, self._parts = aside, parts
        self._head = json.dumps(version, sort_keys=True) + "\n"
        self._lock = threading.Lock()

    def begin(self) -> dict[int, bytes]:
        """Return the digests of the parts that are there, by number; forget all others."""
        found = self._there()
        if not found:
            self._aside.clear()
        lines = [f"{number} {digest.hex()}\n" for number, digest in sorted(found.items())]
        self._aside.journal.write_text(self._head + "".join(lines))
        return found

    def add(self, part: Part, digest: bytes) -> None:
        """Note a part that is written."""
        with self._lock, self._aside.journal.open("a") as stream:
            stream.write(f"{part.number} {digest.hex()}\n")

    def _there(self) -> dict[int, bytes]:
        try:
            head, *lines = self._aside.journal.read_text().splitlines(keepends=True)
        except (FileNotFoundError, UnicodeDecodeError, ValueError):
            return {}
        if head != self._head:
            return {}
        told: dict[int, bytes] = {}
        for line in lines:
            if match := _LINE.fullmatch(line):
                told[int(match[1])] = bytes.fromhex(match[2])
        return {
            each.number: told[each.number]
            for each in self._parts
            if each.number in told and self._digest(each) == told[each.number]
        }

    def _digest(self, part: Part) -> bytes:
        digest = hashlib.sha256()
        for offset in range(part.offset, part.offset + part.size, _BLOCK_BYTES):
            left = part.offset + part.size - offset
            digest.update(self._aside.read(min(_BLOCK_BYTES, left), offset))
        return digest.digest()

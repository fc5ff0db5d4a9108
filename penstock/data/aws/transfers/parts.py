"""How a file is cut into parts: by its size alone, so that every run cuts it the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.errors import Problem, RequestError

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file.

    Attributes:
        number: From 1.
        offset: Of its first byte.
        size: In bytes.
    """

    number: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The limits of a transfer.

    Attributes:
        part_bytes: Of a part, unless the file would have too many; what has no more than this
            travels in one request.
        most_parts: Of a file.
        most_part_bytes: Of a part.
        in_flight_bytes: Of the parts that are under way at a time; one is in any case.
        most_at_once: As many parts are under way at a time.

    Source: Amazon S3 User Guide, "Multipart upload limits": 10,000 parts of 5 MiB to 5 GiB.
    """

    part_bytes: int = 16 * _MIB
    most_parts: int = 10_000
    most_part_bytes: int = 5120 * _MIB
    in_flight_bytes: int = 64 * _MIB
    most_at_once: int = 4

    def is_large(self, size: int) -> bool:
        """Return whether a file of so many bytes travels in parts."""
        return size > self.part_bytes

    def part_bytes_of(self, size: int, where: str = "") -> int:
        """Return how many bytes each part of a file has, but the last.

        Args:
            size: Of the file, in bytes.
            where: The file, for messages.

        Raises:
            RequestError: The file is larger than S3 takes.
        """
        found = self.part_bytes * max(1, -(-size // (self.part_bytes * self.most_parts)))
        if found > self.most_part_bytes:
            most = self.most_parts * (self.most_part_bytes - self.most_part_bytes % self.part_bytes)
            what = f"it has {size:,} bytes; S3 takes at most {most:,}."
            raise RequestError(Problem(what, where, "Split it."))
        return found

    def parts_of(self, size: int, where: str = "") -> Sequence[Part]:
        """Return the parts of a file; see `part_bytes_of`."""
        each = self.part_bytes_of(size, where)
        return [
            Part(number, offset, min(each, size - offset))
            for number, offset in enumerate(range(0, size, each), 1)
        ]

    def at_once(self, part_bytes: int) -> int:
        """Return how many parts of that size may be under way at a time."""
        return max(1, min(self.most_at_once, self.in_flight_bytes // part_bytes))


SIZES = Sizes()

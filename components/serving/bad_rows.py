"""Collects what is wrong with the rows of one body."""

from penstock.contract.serving import BadRow, BadRowsError

MOST_NAMED = 10


class BadRows:
    """The wrong cells of a body; the first ones by row are told."""

    def __init__(self) -> None:
        self._found: set[BadRow] = set()

    def add(self, row: int, column: str, what: str) -> None:
        """Keep one; rows count from 1."""
        self._found.add(BadRow(row, column, what))

    def include(self, others: "BadRows") -> None:
        """Keep what others hold."""
        self._found |= others._found

    @property
    def numbers(self) -> frozenset[int]:
        """Numbers of the rows."""
        return frozenset(bad.row for bad in self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        """Refuse the body if something is wrong.

        Raises:
            BadRowsError: The first rows, at most `MOST_NAMED`, each with what was expected.
        """
        if self._found:
            raise BadRowsError(tuple(sorted(self._found)[:MOST_NAMED]))


def shown(value: object) -> str:
    """Return a value short enough for a message."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"

"""Typed access to the members of a parsed document; the only place where its kinds are checked."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.errors import DefinitionError, Problem
from penstock.ir.json_values import JsonObject, JsonValue

_REMEDY = "Compile the pipeline again with KFP 2."


class Fields:
    """A mapping of the document and the path that leads to it."""

    __slots__ = ("_file", "_mapping", "_path")

    def __init__(self, mapping: object, file: str, path: str) -> None:
        self._file, self._path = file, path
        if not isinstance(mapping, dict):
            raise self._wrong("is no mapping")
        self._mapping: dict[str, JsonValue] = {str(key): value for key, value in mapping.items()}

    def __contains__(self, key: str) -> bool:
        return key in self._mapping

    @property
    def path(self) -> str:
        """Where this mapping stands, such as `root.dag.tasks.train`."""
        return self._path

    @property
    def file(self) -> str:
        """What messages call the document."""
        return self._file

    def child(self, key: str) -> Fields:
        """Return the mapping under `key`; empty if it is absent."""
        return Fields(self._mapping.get(key) or {}, self._file, self._at(key))

    def children(self) -> Iterator[tuple[str, Fields]]:
        """Yield each member that is a mapping, in the document's order."""
        for key in self._mapping:
            yield key, self.child(key)

    def items(self, key: str) -> list[Fields]:
        """Return the mappings of the list under `key`."""
        return [
            Fields(item, self._file, f"{self._at(key)}[{index}]")
            for index, item in enumerate(self._list(key))
        ]

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text under `key`."""
        value = self._mapping.get(key, default)
        if not isinstance(value, str):
            raise self._wrong("has no text", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under `key`; empty if it is absent."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong("is no list of texts", key)
        return tuple(str(value) for value in values)

    def flag(self, key: str) -> bool:
        """Return whether `key` is set to true."""
        return self._mapping.get(key) is True

    def number(self, key: str, default: float = 0) -> float:
        """Return the number under `key`."""
        value = self._mapping.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong("is no number", key)
        return value

    def scalar(self, *keys: str) -> str:
        """Return the first of `keys` that is present, as text; whole numbers without a point."""
        for key in keys:
            value = self._mapping.get(key)
            if isinstance(value, float) and value.is_integer():
                return str(int(value))
            if value is not None and not isinstance(value, list | dict):
                return str(value)
        return ""

    def value(self, key: str) -> JsonValue:
        """Return whatever is under `key`."""
        return self._mapping.get(key)

    def plain(self) -> JsonObject:
        """Return the mapping itself."""
        return self._mapping

    def _list(self, key: str) -> list[JsonValue]:
        value = self._mapping.get(key) or []
        if not isinstance(value, list):
            raise self._wrong("is no list", key)
        return value

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _wrong(self, what: str, key: str = "") -> DefinitionError:
        place = self._at(key) if key else self._path or "the document"
        return DefinitionError(Problem(f"`{place}` {what}.", self._file, _REMEDY))

"""The kinds of value that travel along a reference."""

from __future__ import annotations

from enum import Enum


class ScalarKind(Enum):
    """The kind of a scalar, by the names that pipeline parameters use."""

    STRING = "String"
    INTEGER = "Integer"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    UNKNOWN = "unknown"

    @property
    def numeric(self) -> bool:
        """Whether values of this kind are numbers."""
        return self in (ScalarKind.INTEGER, ScalarKind.FLOAT)

    def fits(self, wanted: ScalarKind) -> bool:
        """Tell whether a value of this kind can stand where another is wanted."""
        if ScalarKind.UNKNOWN in (self, wanted) or self is wanted:
            return True
        return self is ScalarKind.INTEGER and wanted is ScalarKind.FLOAT


_KIND_OF_SHAPE = {
    "string": ScalarKind.STRING,
    "integer": ScalarKind.INTEGER,
    "long": ScalarKind.INTEGER,
    "float": ScalarKind.FLOAT,
    "double": ScalarKind.FLOAT,
    "boolean": ScalarKind.BOOLEAN,
    # A timestamp travels as text or as a number; both are met.
    "timestamp": ScalarKind.UNKNOWN,
}


def kind_of_shape(shape_type: str) -> ScalarKind | None:
    """Return the kind of a scalar shape, None for a structure, list or map."""
    return _KIND_OF_SHAPE.get(shape_type)


def kind_of_value(value: object) -> ScalarKind | None:
    """Return the kind of a JSON scalar, None for null, a list or an object."""
    if isinstance(value, bool):
        return ScalarKind.BOOLEAN
    if isinstance(value, int):
        return ScalarKind.INTEGER
    if isinstance(value, float):
        return ScalarKind.FLOAT
    return ScalarKind.STRING if isinstance(value, str) else None


def describe(value: object) -> str:
    """Name a JSON value's type in words, for messages."""
    kind = kind_of_value(value)
    if kind is not None:
        return {"String": "a string", "Integer": "an integer", "Float": "a number"}.get(
            kind.value, "a boolean"
        )
    if value is None:
        return "null"
    return "a list" if isinstance(value, list) else "an object"

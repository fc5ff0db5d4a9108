"""How parameter types that KFP refuses travel as types that it knows, and come back."""

import enum
import types
import typing
from typing import Any, Literal


def plain(kind: Any) -> Any:
    """Return the annotation that KFP accepts in place of `kind`.

    A `Literal` of strings and a `StrEnum` travel as `str`; `X | None` is written as KFP reads it.
    """
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [member for member in typing.get_args(kind) if member is not type(None)]
        if len(inner) == 1:
            return typing.Optional[plain(inner[0])]  # noqa: UP045  # KFP reads this form alone
    if origin is Literal and all(isinstance(value, str) for value in typing.get_args(kind)):
        return str
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return str
    return kind


def lower(value: Any) -> Any:
    """Return the value in the form that travels."""
    return value.value if isinstance(value, enum.StrEnum) else value


def restore(kind: Any, value: Any) -> Any:
    """Return the value in the form that the function declares.

    Raises:
        ValueError: The value is not a member of the declared `Literal` or `StrEnum`.
    """
    origin = typing.get_origin(kind)
    if value is None:
        return None
    if origin in (typing.Union, types.UnionType):
        inner = [member for member in typing.get_args(kind) if member is not type(None)]
        return restore(inner[0], value) if len(inner) == 1 else value
    if origin is Literal and value not in typing.get_args(kind):
        known = ", ".join(repr(member) for member in typing.get_args(kind))
        raise ValueError(f"{value!r} is none of {known}")
    if isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        return kind(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value

"""Documents as flat lists of paths and values, so that two can be compared value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NAMES = (
    "InputName",
    "OutputName",
    "ChannelName",
    "PropertyFileName",
    "ContainerHostname",
    "Name",
    "name",
)
_REFERENCES = ("Get", "Std:Join", "Std:JsonGet")


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its path; references and lists of plain values count as one value.

    Members of a list that have a name are found by it, not by their place.
    """
    if isinstance(value, Mapping) and value and not _is_reference(value):
        for key, each in value.items():
            yield from flat(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and _are_named(value):
        for each in value:
            rest = {key: inner for key, inner in each.items() if key != _key(each)}
            yield from flat(rest, f"{path}[{_name(each)}]")
    elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
        if all(map(_is_plain, value)):
            yield path, value
            return
        for index, each in enumerate(value):
            yield from flat(each, f"{path}[{index}]")
    else:
        yield path, value


def list_changes(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Yield where two lists of plain values differ: the place, what stood there, what does now.

    None: nothing stood there. An argument after an option keeps its place beside it.
    """
    import difflib

    first, second = list(map(repr, before)), list(map(repr, after))
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        for offset in range(max(old_end - old, new_end - new)):
            one = before[old + offset] if old + offset < old_end else None
            other = after[new + offset] if new + offset < new_end else None
            yield old + offset, one, other


def _are_named(values: Sequence[Any]) -> bool:
    names = list(map(_name, values))
    return all(names) and len(set(names)) == len(names)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, Mapping | list) or _is_reference(value)


def _is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _REFERENCES


def _key(value: Any) -> str:
    if not isinstance(value, Mapping) or _is_reference(value):
        return ""
    return next((key for key in _NAMES if isinstance(value.get(key), str)), "")


def _name(value: Any) -> str:
    key = _key(value)
    return str(value[key]) if key else ""

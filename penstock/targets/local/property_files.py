"""Read a value out of a property file by the path of a `Std:JsonGet`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(
    r"""\.?(?P<name>[^.\[\]'"]+)|\.?\[(?P<index>-?[0-9]{1,9})\]"""
    r"""|\.?\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]""",
    re.DOTALL,
)
_ROOT = re.compile(r"\$(?=[.\[]|\Z)")

_NAME_MEMBERS = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")


class PathError(LookupError):
    """A path leads nowhere; the text says where it ends."""


def parse_path(path: str) -> list[str | int]:
    """Split `metrics.auc`, `rows[0]['the name']` into keys and indexes.

    Raises:
        PathError: The text is no path.
    """
    text = path[1:] if _ROOT.match(path) else path
    keys: list[str | int] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise PathError(f"`{path}` is no path: it breaks at `{text[position:]}`")
        if match["name"] is not None:
            keys.append(match["name"])
        elif match["index"] is not None:
            keys.append(int(match["index"]))
        else:
            keys.append(match["key"])
        position = match.end()
    if not keys:
        raise PathError("the path is empty")
    return keys


def look_up(value: Any, path: str) -> Any:
    """Return what lies at a path.

    A text key on a list finds the member of that name, as in `Outputs['train']`.

    Raises:
        PathError: There is nothing.
    """
    for key in parse_path(path):
        if isinstance(key, int):
            if not isinstance(value, list) or not -len(value) <= key < len(value):
                raise PathError(f"`{path}` ends before [{key}]")
            value = value[key]
        elif isinstance(value, Mapping):
            if key not in value:
                known = ", ".join(sorted(map(str, value))) or "nothing"
                raise PathError(f"`{path}` ends before {key!r}: there is {known}")
            value = value[key]
        elif isinstance(value, list):
            value = _named(value, key, path)
        else:
            raise PathError(f"`{path}` ends before {key!r}")
    return value


def _named(members: list[Any], key: str, path: str) -> Any:
    for member in members:
        if isinstance(member, Mapping) and any(member.get(name) == key for name in _NAME_MEMBERS):
            return member
    raise PathError(f"`{path}` ends before {key!r}")

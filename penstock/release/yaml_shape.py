"""Whether YAML of unknown origin can be read without harm."""

from __future__ import annotations

import yaml

MAXIMUM_DEPTH = 100
MAXIMUM_ALIASES = 32


def shape_problem(text: str) -> str:
    """Return why YAML is not read any further, or nothing.

    An alias repeats what its anchor holds: where anchors hold aliases, a few lines become billions.
    Each nesting is a call of the parser within a call. Neither is in what `release build` writes.
    Broken YAML is told by the reader, with its line.
    """
    depth, aliases = 0, 0
    anchored: list[bool] = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                aliases += 1
                if any(anchored):
                    return "what an alias repeats holds an alias."
            elif isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                anchored.append(event.anchor is not None)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                anchored.pop()
            if depth > MAXIMUM_DEPTH:
                return f"it is nested deeper than {MAXIMUM_DEPTH} levels."
            if aliases > MAXIMUM_ALIASES:
                return f"it has more than {MAXIMUM_ALIASES} aliases."
    except (yaml.YAMLError, ValueError):
        return ""
    return ""

"""What a name says of an environment: `prod` and `prod-eu` are held to the same rules."""

from __future__ import annotations

import re

KINDS = ("local", "dev", "pre-prod", "prod", "tooling")
NAME_PATTERN = rf"^({'|'.join(KINDS)})(-[a-z0-9]+)*$"
"""A kind, alone or with a suffix. Its length is bounded because it stands in names of resources."""

MAXIMUM_NAME_LENGTH = 32
TAG_IS_ENOUGH = ("local", "dev")
"""Kinds whose image may be named by a tag: what runs there is not what is promoted."""

_NAME = re.compile(NAME_PATTERN)


def kind_of(name: str) -> str:
    """Return one of `KINDS`; empty where `name` is no name of an environment."""
    found = _NAME.fullmatch(name)
    return found[1] if found and len(name) <= MAXIMUM_NAME_LENGTH else ""


def needed_settings(kind: str) -> tuple[str, ...]:
    """Return the settings that an environment of a kind cannot do without.

    No pipeline runs in `tooling`: it keeps releases, the central registry and approvals.
    """
    if kind == "tooling":
        return ("account", "region")
    return ("account", "region", "role", "artifacts", "image", "records")

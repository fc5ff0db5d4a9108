"""How checks tell what does not fit."""

from __future__ import annotations

from penstock.lines import Location

Unfit = tuple[Location, str, str]
"""Where, what is wrong, how to mend it."""


def at(name: str, *setting: int | str) -> Location:
    """Return the place of an environment, or of one of its settings."""
    return ("environments", name, *setting)

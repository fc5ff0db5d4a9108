"""What a template says of itself: which stack it is, of which environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HEAD = "Penstock: "


@dataclass(frozen=True, slots=True)
class Described:
    """What a template's description says; names of stacks cannot be taken apart, as `-` is in all.

    Attributes:
        stack: Without its environment, such as `pipelines-fraud`.
        environment: Such as `pre-prod`.
    """

    stack: str
    environment: str

    def __str__(self) -> str:
        return f"{_HEAD}{self.stack} of {self.environment}."


def described(document: Mapping[str, Any]) -> Described:
    """Return what the description of a template that the app wrote says."""
    text = str(document.get("Description", ""))
    stack, _, environment = text.removeprefix(_HEAD).removesuffix(".").partition(" of ")
    return Described(stack, environment)

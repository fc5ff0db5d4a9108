"""The pipelines of an account that are ours: one that trains and one that decides, by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_KINDS = ("training", "inference")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of ours.

    Attributes:
        name: In the account, such as `fraud-training`.
        released: In its release: without what the account adds to it.
        group: Model package group, such as `fraud`.
        kind: `training` or `inference`.
        use_case: Name.
    """

    name: str
    released: str
    group: str
    kind: str
    use_case: str


def pipeline_of(name: str, groups: Mapping[str, str], suffix: str = "") -> Pipeline | None:
    """Return the pipeline of a name; None: it is none of ours.

    Args:
        name: Of it.
        groups: The use case by model package group.
        suffix: What names end with where stages share an account, such as `-pre-prod`.
    """
    if not name.endswith(suffix):
        return None
    released = name.removesuffix(suffix)
    group, _, kind = released.rpartition("-")
    if kind not in _KINDS or group not in groups:
        return None
    return Pipeline(name, released, group, kind, groups[group])

"""The pipelines of an account that are ours: one that trains and one that decides, by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_KINDS = ("training", "inference")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of ours.

    Attributes:
        name: Such as `fraud-training`.
        group: Model package group, such as `fraud`.
        kind: `training` or `inference`.
        use_case: Name.
    """

    name: str
    group: str
    kind: str
    use_case: str


def pipeline_of(name: str, groups: Mapping[str, str]) -> Pipeline | None:
    """Return the pipeline of a name; None: it is none of ours.

    Args:
        name: Of it.
        groups: The use case by model package group.
    """
    group, _, kind = name.rpartition("-")
    if kind not in _KINDS or group not in groups:
        return None
    return Pipeline(name, group, kind, groups[group])

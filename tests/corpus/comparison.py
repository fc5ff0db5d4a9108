"""Compares what two runners gave to and took from each component of one pipeline."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

Record = dict[str, Any]
"""See `stand_ins/sitecustomize.py`: function, given, read, gave, wrote."""

_PARTS = ("given", "read", "gave", "wrote")


def records_of(folder: Path) -> list[Record]:
    """Return the records of one run."""
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


def differences(ours: list[Record], theirs: list[Record]) -> list[str]:
    """Return how the components of two runs differ, in words; nothing if they are the same.

    Components are matched by their function and by all that they were given and gave, however
    often and in whatever order they ran.
    """
    only_ours, only_theirs = _apart(ours, theirs)
    found: list[str] = []
    for record in only_ours:
        twin = _nearest(record, only_theirs)
        if twin is None:
            found.append(f"{record['function']}: ran here only, {_told(record)}")
            continue
        only_theirs.remove(twin)
        for part in _PARTS:
            if _form(record[part]) != _form(twin[part]):
                found += _parted(record["function"], part, record[part], twin[part])
    found += [f"{record['function']}: ran by kfp only, {_told(record)}" for record in only_theirs]
    return found


def outputs_missing(outputs: Any, ours: list[Record]) -> list[str]:
    """Return the values that kfp's runner gives for the pipeline and no component gave here."""
    given = {_form(value) for record in ours for value in _leaves(record["gave"])}
    return [
        f"the pipeline's output {_form(value)} of kfp's runner is given by no component here"
        for value in _leaves(outputs)
        if _form(value) not in given and not _is_artifact(value)
    ]


def _apart(ours: list[Record], theirs: list[Record]) -> tuple[list[Record], list[Record]]:
    here, there = Counter(map(_form, ours)), Counter(map(_form, theirs))
    return (
        [json.loads(text) for text in (here - there).elements()],
        [json.loads(text) for text in (there - here).elements()],
    )


def _nearest(record: Record, others: list[Record]) -> Record | None:
    same = [other for other in others if other["function"] == record["function"]]
    return max(
        same,
        key=lambda other: sum(_form(record[part]) == _form(other[part]) for part in _PARTS),
        default=None,
    )


def _parted(function: str, part: str, ours: Any, theirs: Any) -> list[str]:
    names = sorted(set(ours) | set(theirs))
    return [
        f"{function}: {part} {name}: here {_said(ours, name)}, by kfp {_said(theirs, name)}"
        for name in names
        if _said(ours, name) != _said(theirs, name)
    ]


def _said(values: dict[str, Any], name: str) -> str:
    return _form(values[name]) if name in values else "nothing"


def _told(record: Record) -> str:
    return f"given {_form(record['given'])}, gave {_form(record['gave'])}"


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value, *(leaf for member in value.values() for leaf in _leaves(member))]
    if isinstance(value, list):
        return [value, *(leaf for member in value for leaf in _leaves(member))]
    return [value]


def _is_artifact(value: Any) -> bool:
    return isinstance(value, str) and "object at 0x" in value


def _form(value: Any) -> str:
    return json.dumps(value, sort_keys=True)

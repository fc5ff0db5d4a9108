"""Compares what two runners gave to and took from each component of one pipeline.

Components are matched by their function and by all that they were given and gave, however often
and in whatever order they ran. Where KFP's local runner is known to alter what it hands over
(`RULES`), the alteration is undone and named; what still differs is told value by value.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from known import Text, WorkedOut

Record = dict[str, Any]
"""See `stand_ins/sitecustomize.py`: function, given, read, gave, wrote."""

_PARTS = ("given", "read", "gave", "wrote")
_WHOLE = re.compile(r"(?<![\w.])(-?\d+)\.0(?![\w.])")
_WORKSPACE = re.compile(r"/(?:[^/\s\"]+/)*workspace(?=/|$)")
_STATUS_FIELDS = {
    "pipeline_job_resource_name": "pipelineJobResourceName",
    "pipeline_task_name": "pipelineTaskName",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two runs.

    `alterations` names what KFP's local runner is known to alter and did; `differences` holds the
    rest, in words.
    """

    alterations: tuple[str, ...] = ()
    differences: tuple[str, ...] = field(default=())


def records_of(folder: Path) -> list[Record]:
    """Return the records of one run, without what is not an input of the component.

    Paths within the workspace of a run, which each runner keeps elsewhere, start with it alike.
    """
    found = []
    for file in sorted(folder.glob("*.json")):
        record = _texts(json.loads(file.read_text()), lambda text: _WORKSPACE.sub("/WORK", text))
        record["given"] = {
            name: value
            for name, value in record["given"].items()
            if not name.startswith("pipelinechannel--")
        }
        found.append(record)
    return found


def compared(ours: list[Record], theirs: list[Record]) -> Comparison:
    """Compare the components of a run here with those of the same pipeline by KFP's runner."""
    rest, others = _apart(ours, theirs)
    applied: list[str] = []
    for name, rule in RULES.items():
        if not rest and not others:
            break
        changed = [rule(record) for record in others]
        if _form(changed) != _form(others):
            here, there = _apart([rule(record) for record in rest], changed)
            applied.append(name)
            rest, others = here, there
    return Comparison(tuple(applied), tuple(_told_apart(rest, others)))


def outputs_missing(outputs: Mapping[str, Any], ours: list[Record]) -> list[str]:
    """Return the values that KFP's runner gives for the pipeline and no component gave here."""
    given = {
        _form(_floats_made_whole(known))
        for record in ours
        for value in record["gave"].values()
        for known in _readings(value)
    }
    found = []
    for name, value in outputs.items():
        members = value if isinstance(value, list) and _form(value) not in given else [value]
        for member in members:
            plain = _floats_made_whole(member)
            if not _is_artifact(member) and _form(plain) not in given:
                found.append(f"the output {name} of kfp's runner is {_form(member)}; no component")
    return found


def unlike_worked_out(ours: list[Record], expected: WorkedOut) -> list[str]:
    """Return how a run here differs from what was worked out by hand."""
    calls = Counter(record["function"] for record in ours)
    found = [
        f"{function}: ran {calls[function]} times, worked out {expected.calls.get(function, 0)}"
        for function in sorted({*calls, *expected.calls})
        if calls[function] != expected.calls.get(function, 0)
    ]
    for function, values in expected.given.items():
        known = {
            _form(value)
            for record in ours
            if record["function"] == function
            for value in (
                *record["given"].values(),
                *record["gave"].values(),
                *(one["bytes"] for members in record["wrote"].values() for one in members),
            )
        }
        found += [
            f"{function}: {value!r} did not come up"
            for value in values
            if _form(_bytes_of(value.text) if isinstance(value, Text) else value) not in known
        ]
    return found


def _bytes_of(text: str) -> str:
    """What the record says of a file that holds the text; see `stand_ins/sitecustomize.py`."""
    inner = hashlib.sha256(text.encode()).hexdigest()
    return hashlib.sha256(f":{inner}\n".encode()).hexdigest()[:16]


def _nulls_left_out(record: Record) -> Record:
    kept = {name: value for name, value in record["given"].items() if value is not None}
    return {**record, "given": kept}


def _floats_made_whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return _WHOLE.sub(r"\1", value)
    if isinstance(value, list):
        return [_floats_made_whole(member) for member in value]
    if isinstance(value, dict):
        return {name: _floats_made_whole(member) for name, member in value.items()}
    return value


def _status_respelt(record: Record) -> Record:
    given = dict(record["given"])
    for name, value in given.items():
        if isinstance(value, dict) and {"state", "error"} <= value.keys():
            plain = {_STATUS_FIELDS.get(key, key): member for key, member in value.items()}
            plain.pop("pipelineJobResourceName", None)
            plain["error"] = {k: v for k, v in plain["error"].items() if k != "message"}
            given[name] = plain
    return {**record, "given": given}


RULES: dict[str, Callable[[Record], Record]] = {
    "an input that has no value is handed over as null": _nulls_left_out,
    "whole numbers in lists, structs, metadata and texts become floats": _floats_made_whole,
    "a task's final status is spelt in snake case, with another message": _status_respelt,
}


def _apart(ours: list[Record], theirs: list[Record]) -> tuple[list[Record], list[Record]]:
    here, there = Counter(map(_form, ours)), Counter(map(_form, theirs))
    return (
        [json.loads(text) for text in (here - there).elements()],
        [json.loads(text) for text in (there - here).elements()],
    )


def _told_apart(ours: list[Record], theirs: list[Record]) -> list[str]:
    found: list[str] = []
    left = list(theirs)
    for record in ours:
        twin = _nearest(record, left)
        if twin is None:
            found.append(f"{record['function']}: ran here only, {_told(record)}")
            continue
        left.remove(twin)
        for part in _PARTS:
            found += _parted(record["function"], part, record[part], twin[part])
    return found + [f"{one['function']}: ran by kfp only, {_told(one)}" for one in left]


def _nearest(record: Record, others: list[Record]) -> Record | None:
    def likeness(other: Record) -> int:
        return sum(
            _said(record[part], name) == _said(other[part], name)
            for part in _PARTS
            for name in {*record[part], *other[part]}
        )

    same = [other for other in others if other["function"] == record["function"]]
    return max(same, key=likeness, default=None)


def _parted(function: str, part: str, ours: Any, theirs: Any) -> list[str]:
    return [
        f"{function}: {part} {name}: here {_said(ours, name)}, by kfp {_said(theirs, name)}"
        for name in sorted({*ours, *theirs})
        if _said(ours, name) != _said(theirs, name)
    ]


def _said(values: Mapping[str, Any], name: str) -> str:
    return _form(values[name]) if name in values else "nothing"


def _told(record: Record) -> str:
    return f"given {_form(record['given'])}, gave {_form(record['gave'])}"


def _readings(value: Any) -> list[Any]:
    """A value that a component wrote to a file is a text that may be read as JSON."""
    if not isinstance(value, str):
        return [value]
    for text in (value, value.lower()):
        try:
            return [value, json.loads(text)]
        except ValueError:
            continue
    return [value]


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_texts(member, change) for member in value]
    if isinstance(value, dict):
        return {name: _texts(member, change) for name, member in value.items()}
    return value


def _is_artifact(value: Any) -> bool:
    return isinstance(value, str) and "object at 0x" in value


def _form(value: Any) -> str:
    return json.dumps(value, sort_keys=True)

"""What applying would change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from penstock.schedules.naming import Scope, label_of
from penstock.schedules.wanted import Document

Action = Literal["create", "update", "remove", "keep"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One setting of a schedule before and after; empty: it has none."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What would be done to one schedule.

    Attributes:
        action: Of `Action`.
        name: Of the schedule.
        details: What differs; empty for `remove` and `keep`.
        document: As it shall be; of `remove`, as it is.
    """

    action: Action
    name: str
    details: tuple[Detail, ...]
    document: Document


def difference(
    wanted: Sequence[Document], existing: Sequence[Document], scope: Scope
) -> list[Change]:
    """Compare the schedules of one group.

    Args:
        wanted: As they shall be.
        existing: As they are.
        scope: Those of others are not removed.
    """
    there = {each["Name"]: each for each in existing}
    changes = []
    for document in wanted:
        before = there.pop(document["Name"], None)
        details = tuple(_details(before, document))
        action: Action = "create" if before is None else "update" if details else "keep"
        changes.append(Change(action, document["Name"], details, document))
    for name, document in there.items():
        label = label_of(document.get("Description", ""))
        if label is not None and scope.holds(label):
            changes.append(Change("remove", name, (), document))
    return changes


def _details(before: Document | None, after: Document) -> Iterator[Detail]:
    old, new = facts(before) if before else {}, facts(after)
    for what in [*new, *(each for each in old if each not in new)]:
        if old.get(what, "") != new.get(what, ""):
            yield Detail(what, old.get(what, ""), new.get(what, ""))


def facts(document: Document) -> Mapping[str, str]:
    """Return every setting of a schedule as a text, by a name for people."""
    target = document["Target"]
    found = {
        "starts": document["ScheduleExpression"],
        "time zone": document.get("ScheduleExpressionTimezone", "UTC"),
        "state": document.get("State", "ENABLED"),
        "pipeline": target["Arn"],
        "role": target["RoleArn"],
        "dead letters": target.get("DeadLetterConfig", {}).get("Arn", ""),
        "retries": _text(target.get("RetryPolicy")),
        "window": _text(document.get("FlexibleTimeWindow")),
        "description": document.get("Description") or "",
        "input": target.get("Input") or "",
        "key": document.get("KmsKeyArn") or "",
        "first day": str(document.get("StartDate") or ""),
        "last day": str(document.get("EndDate") or ""),
    }
    for name, value in parameters_of(document).items():
        found[f"parameter {name}"] = value
    return {what: value for what, value in found.items() if value}


def parameters_of(document: Document) -> dict[str, str]:
    """Return what a schedule starts its pipeline with."""
    given = document["Target"].get("SageMakerPipelineParameters") or {}
    return {each["Name"]: each["Value"] for each in given.get("PipelineParameterList") or []}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True) if value else ""

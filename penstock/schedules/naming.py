"""How schedules of ours are told from others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import Problem, RequestError

PREFIX = "penstock-"
LONGEST_NAME = 64
"""Of a schedule, as CreateSchedule takes it (botocore 1.44.5)."""

_LABEL = re.compile(r"Penstock: (?P<pipeline>\S+) of (?P<use_case>\S+)\.(?P<paused> Paused\.)?")


@dataclass(frozen=True, slots=True)
class Label:
    """What the description of a schedule says: whose it is, and whether people paused it."""

    use_case: str
    pipeline: str
    paused: bool = False

    def __str__(self) -> str:
        paused = " Paused." if self.paused else ""
        return f"Penstock: {self.pipeline} of {self.use_case}.{paused}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which schedules are meant; empty: of any use case, of any pipeline."""

    use_case: str = ""
    pipeline: str = ""

    def holds(self, label: Label) -> bool:
        """Return whether a schedule is meant."""
        return self.use_case in ("", label.use_case) and self.pipeline in ("", label.pipeline)

    def __str__(self) -> str:
        named = [each for each in (self.pipeline, self.use_case) if each]
        return " of ".join(named)


def label_of(description: str) -> Label | None:
    """Return what a description says; None where the schedule is none of ours."""
    found = _LABEL.fullmatch(description)
    if found is None:
        return None
    return Label(found["use_case"], found["pipeline"], bool(found["paused"]))


def is_delivered(target: str) -> bool:
    """Return whether the target of a schedule says that CDK made it: it starts by a function."""
    return ":lambda:" in target


def group_name(environment: str) -> str:
    """Return the group that an environment's schedules are in."""
    return f"{PREFIX}{environment}"


def schedule_name(pipeline: str) -> str:
    """Return the name of the schedule that starts a pipeline of the account.

    Raises:
        RequestError: It would be too long.
    """
    name = f"{PREFIX}{pipeline}"
    if len(name) > LONGEST_NAME:
        what = f"the schedule's name has {len(name)} characters; at most {LONGEST_NAME} fit."
        remedy = f"Shorten the use case's name by {len(name) - LONGEST_NAME}."
        raise RequestError(Problem(what, name, remedy))
    return name

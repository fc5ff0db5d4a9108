"""What a run tells while it goes; a listener draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from penstock.targets.local.documents import Document
from penstock.targets.local.result import StepRun


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins or resumes. `steps` maps every step to its type, in order of the definition."""

    execution_id: str
    steps: Mapping[str, str]
    guards: Mapping[str, str] = field(default_factory=dict)
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step begins an attempt; `arguments` is the request that the service would send for it."""

    step: str
    attempt: int
    arguments: Document = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step came to its end. `log_tail` holds the last lines of a failed job's output."""

    run: StepRun
    log_tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line that fails nothing."""

    message: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run came to its end."""

    execution_id: str
    status: str


Event: TypeAlias = RunStarted | StepStarted | StepEnded | Notice | RunEnded

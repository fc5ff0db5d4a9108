"""What is known of a run while it goes, gathered from its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from penstock.targets.local.events import (
    Event,
    Notice,
    RunEnded,
    RunStarted,
    StepEnded,
    StepStarted,
)
from penstock.targets.local.result import StepStatus


@dataclass(slots=True)
class StepProgress:
    """One step: waiting, running or ended. `guard` is like `gates is true`, or empty."""

    name: str
    type: str
    guard: str = ""
    status: str = "waiting"
    attempt: int = 0
    started: float | None = None
    seconds: float | None = None
    cached: bool = False
    reason: str = ""
    log_tail: tuple[str, ...] = ()


@dataclass(slots=True)
class Progress:
    """A run so far. Events may come from several threads; each changes one step."""

    clock: Callable[[], float] = time.monotonic
    execution_id: str = ""
    resumed: bool = False
    status: str = ""
    steps: dict[str, StepProgress] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Note what an event tells."""
        match event:
            case RunStarted(execution_id, steps, guards, resumed):
                self.execution_id, self.resumed = execution_id, resumed
                self.steps = {
                    name: StepProgress(name, kind, guards.get(name, ""))
                    for name, kind in steps.items()
                }
            case StepStarted(name, attempt):
                step = self.steps.setdefault(name, StepProgress(name, ""))
                step.status, step.attempt = "running", attempt
                step.started = step.started if step.started is not None else self.clock()
            case StepEnded(run, log_tail):
                step = self.steps.setdefault(run.name, StepProgress(run.name, run.type))
                step.status, step.cached = run.status.value, run.cached or run.reused
                step.reason, step.log_tail = run.failure_reason or "", log_tail
                if run.started is not None and run.ended is not None:
                    step.seconds = run.ended - run.started
            case Notice(message, name):
                self.notices.append(f"{name}: {message}" if name else message)
            case RunEnded(_, status):
                self.status = str(status)

    def parent(self, step: StepProgress) -> str:
        """Return the condition that a step waits for, or an empty text."""
        return step.guard.rpartition(" is ")[0]

    def elapsed(self, step: StepProgress) -> float | None:
        """Return the seconds that a step took, or has taken so far."""
        if step.status == "running" and step.started is not None:
            return self.clock() - step.started
        return step.seconds

    def done(self) -> Mapping[str, StepProgress]:
        """Return the steps that ended well."""
        return {
            name: step for name, step in self.steps.items() if step.status == StepStatus.SUCCEEDED
        }


def duration(seconds: float | None) -> str:
    """Write a time for people: `0.42 s`, `12.3 s`, `2 min 05 s`."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"

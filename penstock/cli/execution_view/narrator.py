"""Tells what is seen of an execution as the events of a run, so that both are shown alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from penstock.executions.execution import Snapshot, Step
from penstock.targets.local.definition import Step as DefinedStep
from penstock.targets.local.definition import lay_flat
from penstock.targets.local.events import Event, RunEnded, RunStarted, StepEnded, StepStarted
from penstock.targets.local.result import StepRun, StepStatus

_ENDS = {
    "Succeeded": StepStatus.SUCCEEDED,
    "Failed": StepStatus.FAILED,
    "Stopped": StepStatus.STOPPED,
}


class Narrator:
    """Takes snapshots of one execution and tells a listener what is new in each.

    Args:
        definition: The text of what it runs.
        name: Of the execution, as it is shown.
        listener: Takes the events.
    """

    def __init__(self, definition: str, name: str, listener: Callable[[Event], None]) -> None:
        self._name, self._listener = name, listener
        self._steps = {step.name: step for step in lay_flat(json.loads(definition)["Steps"])}
        self._tried: dict[str, int] = {}
        self._ended: set[str] = set()
        self._begun = False

    def take(self, snapshot: Snapshot) -> None:
        """Tell what is new in a snapshot."""
        if not self._begun:
            self._begun = True
            types = {name: step.type for name, step in self._steps.items()}
            guards = {name: _guard(step) for name, step in self._steps.items() if step.guard}
            self._listener(RunStarted(self._name, types, guards))
        for step in snapshot.steps:
            self._take(step)
        execution = snapshot.execution
        if not execution.is_over:
            return
        went_well = execution.state in ("Succeeded", "CompletedWithFailures")
        left = StepStatus.NOT_EXECUTED if went_well else StepStatus.SKIPPED
        for name, defined in self._steps.items():
            if name not in self._ended:
                self._listener(StepEnded(StepRun(name, defined.type, left)))
        self._listener(RunEnded(self._name, execution.state))

    def _take(self, step: Step) -> None:
        if step.name in self._ended:
            return
        if self._tried.get(step.name, 0) < step.attempts and not step.reused:
            self._tried[step.name] = step.attempts
            self._listener(StepStarted(step.name, step.attempts))
        status = _ENDS.get(step.state)
        if status is None:
            return
        self._ended.add(step.name)
        defined = self._steps.get(step.name)
        self._listener(
            StepEnded(
                StepRun(
                    step.name,
                    defined.type if defined else step.kind,
                    status,
                    _seconds(step.started),
                    _seconds(step.ended),
                    step.attempts,
                    cached=bool(step.reused),
                    failure_reason=step.reason or None,
                )
            )
        )


def _guard(step: DefinedStep) -> str:
    guard = step.guard
    return f"{guard.condition} is {'true' if guard.outcome else 'false'}" if guard else ""


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()

"""Whether a step may start, given how the steps it depends on ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from penstock.targets.local.definition import Dependency, Step
from penstock.targets.local.result import StepRun, StepStatus


class Readiness(Enum):
    """What to do with a step now."""

    READY = "ready"
    WAIT = "wait"
    SKIP = "skip"
    NOT_EXECUTED = "not executed"


_UNSUCCESSFUL = (StepStatus.FAILED, StepStatus.STOPPED, StepStatus.SKIPPED)


def readiness(step: Step, ended: Mapping[str, StepRun]) -> Readiness:
    """Return whether a step is ready, waits, is skipped or will not be executed.

    A step on a branch that was not taken is not executed, nor is what depends on it; a step whose
    need failed is skipped, and so are its own descendants.
    """
    if any(dependency.step not in ended for dependency in step.dependencies):
        return Readiness.WAIT
    verdicts = [_verdict(dependency, ended[dependency.step]) for dependency in step.dependencies]
    if step.guard is not None:
        condition = ended[step.guard.condition]
        outcome = condition.parameters.get("outcome")
        if condition.status is StepStatus.SUCCEEDED and outcome != step.guard.outcome:
            return Readiness.NOT_EXECUTED
        # Whatever trigger DependsOn names: without an outcome no branch is taken.
        verdicts.append(_verdict(Dependency(step.guard.condition), condition))
    for verdict in (Readiness.SKIP, Readiness.NOT_EXECUTED):
        if verdict in verdicts:
            return verdict
    return Readiness.READY


def _verdict(dependency: Dependency, run: StepRun) -> Readiness:
    if dependency.trigger == "Any":
        return Readiness.READY
    if dependency.trigger == "Failed":
        return Readiness.READY if run.status is StepStatus.FAILED else Readiness.NOT_EXECUTED
    if dependency.trigger == "Stopped":
        return Readiness.READY if run.status is StepStatus.STOPPED else Readiness.NOT_EXECUTED
    if run.status is StepStatus.SUCCEEDED:
        return Readiness.READY
    return Readiness.SKIP if run.status in _UNSUCCESSFUL else Readiness.NOT_EXECUTED

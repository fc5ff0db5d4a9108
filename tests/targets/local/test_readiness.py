"""Which step may start, by how the steps before it ended."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.targets.local.definition import Dependency, Guard, Step
from penstock.targets.local.readiness import Readiness, readiness
from penstock.targets.local.result import StepRun, StepStatus


def ended(**statuses: StepStatus) -> dict[str, StepRun]:
    return {name: StepRun(name, "Processing", status) for name, status in statuses.items()}


def step(*dependencies: Dependency, guard: Guard | None = None) -> Step:
    return Step("it", "Processing", {}, guard, dependencies)


VERDICTS: dict[str, dict[StepStatus, Readiness]] = {
    "Completed": {
        StepStatus.SUCCEEDED: Readiness.READY,
        StepStatus.FAILED: Readiness.SKIP,
        StepStatus.STOPPED: Readiness.SKIP,
        StepStatus.SKIPPED: Readiness.SKIP,
        StepStatus.NOT_EXECUTED: Readiness.NOT_EXECUTED,
    },
    "Failed": {
        StepStatus.SUCCEEDED: Readiness.NOT_EXECUTED,
        StepStatus.FAILED: Readiness.READY,
        StepStatus.STOPPED: Readiness.NOT_EXECUTED,
        StepStatus.SKIPPED: Readiness.NOT_EXECUTED,
        StepStatus.NOT_EXECUTED: Readiness.NOT_EXECUTED,
    },
    "Stopped": {
        StepStatus.SUCCEEDED: Readiness.NOT_EXECUTED,
        StepStatus.FAILED: Readiness.NOT_EXECUTED,
        StepStatus.STOPPED: Readiness.READY,
        StepStatus.SKIPPED: Readiness.NOT_EXECUTED,
        StepStatus.NOT_EXECUTED: Readiness.NOT_EXECUTED,
    },
    "Any": dict.fromkeys(StepStatus, Readiness.READY),
}


@pytest.mark.parametrize(
    ("trigger", "status", "verdict"),
    [(trigger, status, v) for trigger, found in VERDICTS.items() for status, v in found.items()],
)
def test_a_trigger_names_the_end_that_lets_a_step_start(
    trigger: Any, status: StepStatus, verdict: Readiness
) -> None:
    assert readiness(step(Dependency("a", trigger)), ended(a=status)) is verdict


def test_a_step_waits_for_all_it_depends_on_even_when_one_has_failed() -> None:
    both = step(Dependency("a"), Dependency("b"))
    assert readiness(both, ended(a=StepStatus.FAILED)) is Readiness.WAIT
    assert readiness(both, ended(a=StepStatus.FAILED, b=StepStatus.SUCCEEDED)) is Readiness.SKIP


def test_a_failure_counts_more_than_a_branch_not_taken() -> None:
    found = ended(a=StepStatus.NOT_EXECUTED, b=StepStatus.FAILED)
    assert readiness(step(Dependency("a"), Dependency("b")), found) is Readiness.SKIP


@pytest.mark.parametrize("outcome", [True, False])
@pytest.mark.parametrize("branch", [True, False])
def test_a_branch_is_taken_by_the_outcome_of_its_condition(outcome: bool, branch: bool) -> None:
    guarded = step(Dependency("gate"), guard=Guard("gate", branch))
    gate = StepRun("gate", "Condition", StepStatus.SUCCEEDED, parameters={"outcome": outcome})
    expected = Readiness.READY if outcome is branch else Readiness.NOT_EXECUTED
    assert readiness(guarded, {"gate": gate}) is expected


def test_a_branch_not_taken_counts_more_than_a_failure_elsewhere() -> None:
    guarded = step(Dependency("gate"), Dependency("a"), guard=Guard("gate", True))
    gate = StepRun("gate", "Condition", StepStatus.SUCCEEDED, parameters={"outcome": False})
    found = {"gate": gate, **ended(a=StepStatus.FAILED)}
    assert readiness(guarded, found) is Readiness.NOT_EXECUTED


@pytest.mark.parametrize("status", [StepStatus.FAILED, StepStatus.NOT_EXECUTED])
def test_no_branch_is_taken_without_an_outcome_whatever_the_trigger(status: StepStatus) -> None:
    guarded = step(Dependency("gate", "Any"), guard=Guard("gate", True))
    assert readiness(guarded, ended(gate=status)) is not Readiness.READY

"""Which steps of an execution need not be run, because results of them are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from penstock.errors import DefinitionError, Problem, RequestError
from penstock.targets.local.definition import Definition
from penstock.targets.local.journal import read_journal
from penstock.targets.local.result import StepRun, StepStatus
from penstock.targets.local.state import JOURNAL_FILE, latest_run, read_ended, read_facts
from penstock.targets.local.structure import near


@dataclass(frozen=True, slots=True)
class Selection:
    """Results that are taken over, and the steps that may run; None: every other one."""

    taken: Mapping[str, StepRun] = field(default_factory=dict)
    only: tuple[str, ...] | None = None


def select_from(
    definition: Definition, runs: Path, from_step: str | None, reference: str | None
) -> Selection:
    """Select a step and its descendants; the others' results come from an earlier execution.

    Args:
        runs: The folder of the executions.
        reference: The execution to take from; the latest by default.

    Raises:
        DefinitionError: There is no such step.
        RequestError: There is no such execution, or it lacks results that are needed.
    """
    if from_step is None:
        return Selection()
    if from_step not in definition.steps:
        raise DefinitionError(
            Problem(
                f"the pipeline has no step {from_step}.",
                "from step",
                near(from_step, definition.steps),
            )
        )
    folder = runs / (reference or latest_run(runs))
    read_facts(folder)
    ended, _ = read_ended(read_journal(folder / JOURNAL_FILE))
    anew = definition.descendants([from_step])
    taken = {
        name: replace(ended[name], reused=True)
        for name, step in definition.steps.items()
        if name not in anew
        and name in ended
        and ended[name].status is StepStatus.SUCCEEDED
        and ended[name].type == step.type
    }
    missing = [
        name
        for name in definition.steps
        if name not in anew and name not in taken and _is_needed(definition, name, anew)
    ]
    if missing:
        raise RequestError(
            Problem(
                f"execution {folder.name} has no results of {', '.join(missing)}.",
                f"from step {from_step}",
                "Start from an earlier step, or name another execution.",
            )
        )
    return Selection(taken, tuple(name for name in definition.steps if name in anew))


def kept_of(definition: Definition, ended: Mapping[str, StepRun]) -> dict[str, StepRun]:
    """Return the results that a resumed execution keeps: those of the steps that succeeded.

    A step that ran because another one failed is run anew with it, and so are its descendants.
    """
    unsuccessful = [
        name
        for name, run in ended.items()
        if run.status in (StepStatus.FAILED, StepStatus.STOPPED, StepStatus.SKIPPED)
    ]
    anew = definition.descendants(unsuccessful)
    return {
        name: run
        for name, run in ended.items()
        if run.status is StepStatus.SUCCEEDED and name not in anew
    }


def not_selected(definition: Definition, only: tuple[str, ...] | None) -> dict[str, StepRun]:
    """Return the endings of the steps that may not run."""
    if only is None:
        return {}
    return {
        name: StepRun(name, step.type, StepStatus.NOT_EXECUTED)
        for name, step in definition.steps.items()
        if name not in only
    }


def _is_needed(definition: Definition, name: str, anew: frozenset[str]) -> bool:
    return any(
        dependency.step == name
        for other in anew
        for dependency in definition.steps[other].dependencies
    )

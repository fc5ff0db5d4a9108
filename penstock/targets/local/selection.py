"""Which steps of an execution need not be run, because results of them are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from penstock.errors import DefinitionError, Problem, RequestError
from penstock.targets.local.definition import Definition
from penstock.targets.local.documents import Value
from penstock.targets.local.reference import Reference, read_reference, references_of
from penstock.targets.local.result import Output, StepRun, StepStatus
from penstock.targets.local.state import latest_run
from penstock.targets.local.structure import near


@dataclass(frozen=True, slots=True)
class Selection:
    """Results that are taken over, and the steps that may run; None: every other one.

    `notices` say where a result that is taken over was made with other arguments.
    """

    taken: Mapping[str, StepRun] = field(default_factory=dict)
    only: tuple[str, ...] | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selector:
    """Selects for one run to come.

    Attributes:
        parameters: Values of the run to come.
        runs: The folder of the executions.
        holds: Whether an artifact is still what it was when it was made.
    """

    definition: Definition
    pipeline: str
    parameters: Mapping[str, Value]
    runs: Path
    holds: Callable[[Output], bool]

    def select(self, from_step: str | None, reference: str | None) -> Selection:
        """Select a step and its descendants; the others' results come from an earlier execution.

        Args:
            from_step: None: every step.
            reference: The execution to take from. By default the latest of the pipeline that has
                the results as this run would make them, else the latest of the pipeline.

        Raises:
            DefinitionError: There is no such step.
            RequestError: There is no such execution, or it lacks results that are needed.
        """
        if from_step is None:
            return Selection()
        if from_step not in self.definition.steps:
            raise DefinitionError(
                Problem(
                    f"the pipeline has no step {from_step}.",
                    "from step",
                    near(from_step, self.definition.steps),
                )
            )
        anew = self.definition.descendants([from_step])
        before = [name for name in self._before(anew) if name not in anew]
        needed = [name for name in before if self._is_needed(name, anew)]
        found = self._reference(from_step, reference, before, needed)
        taken = self._taken(found, anew)
        missing = [name for name in needed if name not in taken]
        if missing:
            names, execution = ", ".join(missing), found.facts.execution_id
            raise RequestError(
                Problem(
                    f"the artifacts of {names} in execution {execution} have changed."
                    if all(self._made(found, name) for name in missing)
                    else f"execution {execution} has no results of {names}.",
                    f"from step {from_step}",
                    "Start from an earlier step, or name another execution.",
                )
            )
        return Selection(
            taken,
            tuple(name for name in self.definition.steps if name in anew),
            tuple(self._notice(found, name) for name in before if self._differs(found, name)),
        )

    def _reference(
        self, from_step: str, reference: str | None, before: list[str], needed: list[str]
    ) -> Reference:
        if reference is not None:
            named = read_reference(self.runs / reference)
            if named.facts.pipeline != self.pipeline:
                raise RequestError(
                    Problem(
                        f"execution {reference} is of the pipeline {named.facts.pipeline}, "
                        f"not of {self.pipeline}.",
                        f"from step {from_step}",
                        "Name an execution of this pipeline.",
                    )
                )
            return named
        latest_run(self.runs)
        latest = None
        for found in references_of(self.runs, self.pipeline):
            latest = latest or found
            if all(self._made(found, name) for name in needed) and not any(
                self._differs(found, name) for name in before
            ):
                return found
        if latest is None:
            raise RequestError(
                Problem(
                    f"there is no run of the pipeline {self.pipeline} here.",
                    str(self.runs),
                    "Run it once as a whole.",
                )
            )
        return latest

    def _taken(self, found: Reference, anew: frozenset[str]) -> dict[str, StepRun]:
        return {
            name: replace(found.ended[name], reused=True)
            for name in self.definition.steps
            if name not in anew
            and self._made(found, name)
            and all(map(self.holds, found.ended[name].outputs.values()))
        }

    def _before(self, anew: frozenset[str]) -> list[str]:
        """Return the steps whose results those that run anew stand on, directly or not."""
        waiting, seen = list(anew), set(anew)
        while waiting:
            for dependency in self.definition.steps[waiting.pop()].dependencies:
                if dependency.step not in seen:
                    seen.add(dependency.step)
                    waiting.append(dependency.step)
        return [name for name in self.definition.steps if name in seen]

    def _made(self, found: Reference, name: str) -> bool:
        run = found.ended.get(name)
        return (
            run is not None
            and run.status is StepStatus.SUCCEEDED
            and run.type == self.definition.steps[name].type
        )

    def _is_needed(self, name: str, anew: frozenset[str]) -> bool:
        return any(
            dependency.step == name
            for other in anew
            for dependency in self.definition.steps[other].dependencies
        )

    def _differs(self, found: Reference, name: str) -> bool:
        return found.difference(self.definition.steps[name], self.parameters) is not None

    def _notice(self, found: Reference, name: str) -> str:
        difference = found.difference(self.definition.steps[name], self.parameters)
        return (
            f"{name} is taken from execution {found.facts.execution_id}, which made it with other "
            f"arguments: {difference}."
        )


def changed_of(ended: Mapping[str, StepRun], holds: Callable[[Output], bool]) -> list[str]:
    """Return the steps that succeeded and whose artifacts are no longer what they were."""
    return [
        name
        for name, run in ended.items()
        if run.status is StepStatus.SUCCEEDED and not all(map(holds, run.outputs.values()))
    ]


def kept_of(
    definition: Definition, ended: Mapping[str, StepRun], changed: Iterable[str]
) -> dict[str, StepRun]:
    """Return the results that a resumed execution keeps: those of the steps that succeeded.

    A step whose artifacts have changed is run anew. So is one that ran because another one failed,
    with that one, and so are the descendants of either.
    """
    unsuccessful = [
        name
        for name, run in ended.items()
        if run.status in (StepStatus.FAILED, StepStatus.STOPPED, StepStatus.SKIPPED)
    ]
    anew = definition.descendants([*unsuccessful, *changed])
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

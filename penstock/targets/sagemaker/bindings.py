"""Resolves what a task's inputs are bound to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from penstock.errors import Problem
from penstock.ir.pipeline import Binding, Constant, FinalStatus, FromInput, FromTask, Task
from penstock.ir.selectors import parse_selector
from penstock.targets.sagemaker.results import (
    Inputs,
    RefusedTaskError,
    Result,
    Together,
    placing,
)
from penstock.targets.sagemaker.templates import SharedFolderError, filled, selected
from penstock.targets.sagemaker.value_queries import all_steps
from penstock.targets.sagemaker.values import (
    Absent,
    ArtifactValue,
    PipelineParameter,
    Refused,
    Value,
)

if TYPE_CHECKING:
    from penstock.targets.sagemaker.expansion import Expansion


class Bindings:
    """The bindings of one task of the graph that `owner` names."""

    def __init__(self, expansion: Expansion, task: Task, owner: str, where: str) -> None:
        self._expansion, self._task, self._owner, self._where = expansion, task, owner, where

    def resolve(
        self, results: Mapping[str, Result], given: Inputs
    ) -> tuple[dict[str, Value], dict[str, ArtifactValue]]:
        """Return the task's values and artifacts; constants may refer to the other values."""
        parameters = {
            name: self._parameter(binding, results, given)
            for name, binding in self._task.parameters.items()
            if not isinstance(binding, Constant)
        }
        for name, binding in self._task.parameters.items():
            if isinstance(binding, Constant):
                parameters[name] = self._constant(binding, parameters)
        artifacts = {
            name: self._artifact(binding, results, given)
            for name, binding in self._task.artifacts.items()
        }
        return parameters, artifacts

    def check_always(
        self,
        parameters: Mapping[str, Value],
        artifacts: Mapping[str, ArtifactValue],
        after_any: list[str],
    ) -> None:
        """Refuse a task that runs after failures and reads what a failed task would have given."""
        read = set(all_steps([*parameters.values(), *artifacts.values()])) & set(after_any)
        if read:
            raise RefusedTaskError(
                Problem(
                    f"task `{self._task.name}` runs even if an earlier task fails, and reads that "
                    "task's output, which is then not there.",
                    self._where,
                    "Read no output of that task, or do not ignore its failure.",
                ),
                self._together(
                    self._task.after,
                    "one reads what another gives even if that failed, which a step cannot",
                ),
            )

    def _constant(self, binding: Constant, parameters: Mapping[str, Value]) -> Value:
        try:
            return placing(self._where, lambda: filled(binding.value, parameters, self._task.name))
        except SharedFolderError:
            raise RefusedTaskError(
                Problem(
                    f"task `{self._task.name}` uses the run's workspace; SageMaker has none.",
                    self._where,
                    "Pass the data between tasks as artifacts.",
                ),
                self._together(
                    self._expansion.users_of_workspace(self._owner),
                    "they share the workspace of the run, and steps share no folder",
                ),
            ) from None

    def _parameter(self, binding: Binding, results: Mapping[str, Result], given: Inputs) -> Value:
        selector = ""
        match binding:
            case FromInput(name=name, selector=selector):
                self._check_declared(name, given.parameters)
                value = given.parameters.get(name, Absent())
            case FromTask(task=producer, output=output, selector=selector):
                value = results[producer].parameters.get(output, Refused())
            case FinalStatus(task=watched):
                raise RefusedTaskError(
                    Problem(
                        f"task `{self._task.name}` asks how another task ended, which a step of "
                        "SageMaker cannot know.",
                        self._where,
                        "Remove the parameter of type PipelineTaskFinalStatus.",
                    ),
                    self._together(
                        (*self._task.after, watched),
                        "one asks how another ended, which a step of its own cannot know",
                    ),
                )
            case _:
                raise TypeError(binding)
        path = parse_selector(selector, self._where)
        if path and isinstance(value, PipelineParameter):
            value = self._expansion.known(value, self._where)
        return placing(self._where, lambda: selected(value, path))

    def _artifact(
        self, binding: Binding, results: Mapping[str, Result], given: Inputs
    ) -> ArtifactValue:
        match binding:
            case FromInput(name=name):
                self._check_declared(name, given.artifacts)
                return given.artifacts.get(name, Absent())
            case FromTask(task=producer, output=output):
                return results[producer].artifacts.get(output, Refused())
            case _:
                return Absent()

    def _check_declared(self, name: str, given: Mapping[str, object]) -> None:
        """KFP compiles some uses of a loop's item to an input that is declared nowhere."""
        interface = self._expansion.interface_of(self._owner)
        if name in given or name in interface.input_parameters or name in interface.input_artifacts:
            return
        raise RefusedTaskError(
            Problem(
                f"task `{self._task.name}` reads the input `{name}`, which is declared nowhere; "
                "KFP compiles a part of a loop's item within a text to that.",
                self._where,
                "Make the text in a component.",
            )
        )

    def _together(self, others: tuple[str, ...], why: str) -> Together:
        return Together(self._owner, frozenset((self._task.name, *others)), why)

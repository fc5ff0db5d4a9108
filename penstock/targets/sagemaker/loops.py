"""The items that a ParallelFor runs over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from penstock.errors import Problem
from penstock.ir.json_values import restored
from penstock.ir.pipeline import Task
from penstock.targets.sagemaker.results import Inputs, RefusedTaskError, Together
from penstock.targets.sagemaker.values import (
    Absent,
    AnyValue,
    Listed,
    ListedArtifacts,
    Literal,
    PipelineParameter,
    Value,
)

if TYPE_CHECKING:
    from penstock.targets.sagemaker.expansion import Expansion


def loop_items(
    expansion: Expansion, task: Task, owner: str, inputs: Inputs, path: str
) -> list[AnyValue]:
    """Return the items: constants, or the parts of a list that is flattened already.

    Raises:
        RefusedTaskError: The list is known only when the pipeline runs; the loop can run in one
        job.
    """
    iteration = task.iteration
    if iteration is None:
        raise TypeError(task)
    where = expansion.where(task, path)
    if iteration.over_artifacts:
        listed = inputs.artifacts.get(iteration.items_input, Absent())
        if isinstance(listed, ListedArtifacts):
            return list(listed.items)
        raise _dynamic(task, owner, where)
    value: Value = (
        inputs.parameters.get(iteration.items_input, Absent())
        if iteration.items_input
        else Literal(iteration.items)
    )
    if isinstance(value, PipelineParameter):
        declared = expansion.pipeline.interface.input_parameters[value.name]
        if not declared.has_default:
            raise _dynamic(task, owner, where)
        value = expansion.known(value, where)
    if isinstance(value, Listed):
        return list(value.items)
    if not isinstance(value, Literal):
        raise _dynamic(task, owner, where)
    content = json.loads(value.value) if isinstance(value.value, str) else value.value
    if not isinstance(content, list):
        raise RefusedTaskError(
            Problem(f"the loop runs over {content!r}, which is no list.", where, "Give it a list.")
        )
    component = expansion.pipeline.components[task.component]
    declared_item = component.interface.input_parameters.get(iteration.item_input)
    kind = declared_item.kind if declared_item else None
    return [Literal(restored(item, kind)) for item in content]


def _dynamic(task: Task, owner: str, where: str) -> RefusedTaskError:
    return RefusedTaskError(
        Problem(
            "the loop runs over a list that is known only when the pipeline runs; SageMaker fixes "
            "the steps when the pipeline is compiled.",
            where,
            "Loop over a constant, a pipeline parameter with a default, or inside of a component.",
        ),
        Together(
            owner,
            frozenset((task.name,)),
            "the loop's length is known only when the pipeline runs",
        ),
    )

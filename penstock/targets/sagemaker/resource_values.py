"""The resources that a task asks for, known before the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import Problem
from penstock.ir.pipeline import Resources, Task
from penstock.targets.sagemaker.results import Inputs, RefusedTaskError, placing
from penstock.targets.sagemaker.templates import filled
from penstock.targets.sagemaker.values import Literal, Text, Value

if TYPE_CHECKING:
    from penstock.targets.sagemaker.expansion import Expansion


def known_resources(
    expansion: Expansion, task: Task, asked: Resources, inputs: Inputs, where: str
) -> Resources:
    """Fill the placeholders; a pipeline parameter is frozen at its default.

    Raises:
        RefusedTaskError: An amount is the output of a task.
    """

    def known(text: str) -> str:
        value: Value = placing(where, lambda: filled(text, inputs.parameters, task.name))
        while isinstance(value, Text) and len(value.parts) == 1:
            value = expansion.known(value.parts[0], where)
        if isinstance(value, Literal):
            return str(value.value)
        raise RefusedTaskError(
            Problem(
                "the resources that the task asks for are known only when the pipeline runs; "
                "SageMaker fixes the instance type when the pipeline is compiled.",
                where,
                "Ask for constant resources.",
            )
        )

    return Resources(
        cpu=known(asked.cpu),
        memory=known(asked.memory),
        accelerator_type=known(asked.accelerator_type),
        accelerator_count=known(asked.accelerator_count),
    )

"""Callback steps that wait for people."""

from __future__ import annotations

from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.job_arguments import depends_on, not_implied, reads
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import Expression, RefusedValueError, as_text, parameter
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.values import Absent

QUEUE = "ApprovalQueue"
"""Parameter of the definition: the queue whose reader answers when people have decided."""

DEFAULT_QUEUE = "https://sqs.eu-west-1.amazonaws.com/000000000000/penstock-approvals"
INPUTS = ("group", "evidence", "stage")


def approval_step(plan: Plan, step: Step) -> dict[str, Any]:
    """Return a Callback step with the inputs `group`, `evidence` and `stage`.

    Raises:
        RefusedValueError: An input is missing, or holds an output that SageMaker cannot read.
    """
    arguments: dict[str, Expression] = {}
    for name in INPUTS:
        value = step.parameters.get(name, Absent())
        if isinstance(value, Absent):
            raise RefusedValueError(
                Problem(
                    "an approval needs the inputs `group`, `evidence` and `stage`.",
                    remedy="Use `wait_for_approval` of components/wait_for_approval.py.",
                )
            )
        arguments[name] = as_text(value, plan.names, plan.readable)
    frame: dict[str, Any] = {
        "Name": plan.names[step.path],
        "Type": "Callback",
        "SqsQueueUrl": parameter(QUEUE),
        "Arguments": arguments,
        "OutputParameters": [],
    }
    dependencies = depends_on(plan, not_implied(plan, step.after, reads(step)), step.after_any)
    if dependencies:
        frame["DependsOn"] = dependencies
    return frame

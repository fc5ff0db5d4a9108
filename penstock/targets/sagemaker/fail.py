"""Fail steps."""

from __future__ import annotations

from typing import Any

from penstock.targets.sagemaker.job_arguments import depends_on, not_implied, reads
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import as_text
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.values import Literal


def fail_step(plan: Plan, step: Step) -> dict[str, Any]:
    """Return a Fail step with the input `message`.

    Raises:
        RefusedValueError: The message holds an output that SageMaker cannot read.
    """
    message = step.parameters.get("message", Literal("The pipeline ended itself as failed."))
    frame: dict[str, Any] = {
        "Name": plan.names[step.path],
        "Type": "Fail",
        "Arguments": {"ErrorMessage": as_text(message, plan.names, plan.readable)},
    }
    dependencies = depends_on(plan, not_implied(plan, step.after, reads(step)), step.after_any)
    if dependencies:
        frame["DependsOn"] = dependencies
    return frame

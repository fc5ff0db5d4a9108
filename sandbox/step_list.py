"""A step as ListPipelineExecutionSteps tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.execution import Execution, StepState
from sandbox.names import JOB_KINDS


def listed_step(execution: Execution, step: StepState) -> Mapping[str, Any]:
    """Return a step that has started, in the service's shape."""
    told: dict[str, Any] = {
        "StepName": step.name,
        "StartTime": step.started,
        "StepStatus": step.status,
        "Metadata": _metadata(execution, step),
        "AttemptCount": step.attempt,
    }
    if step.ended is not None:
        told["EndTime"] = step.ended
    if step.reason:
        told["FailureReason"] = step.reason
    if step.cached:
        told["CacheHitResult"] = {"SourcePipelineExecutionArn": _source(execution, step)}
    if step.reused and execution.selection is not None:
        source = execution.selection.source
        told["SelectiveExecutionResult"] = {"SourcePipelineExecutionArn": source}
    return told


def _metadata(execution: Execution, step: StepState) -> Mapping[str, Any]:
    kind = JOB_KINDS.get(step.type)
    if kind is not None:
        return {kind.name: {"Arn": execution.place.arn(kind.resource, execution.job_of(step))}}
    match step.type:
        case "Model":
            return {"Model": {"Arn": step.properties.get("ModelArn", "")}}
        case "RegisterModel":
            return {"RegisterModel": {"Arn": step.properties.get("ModelPackageArn", "")}}
        case "Condition":
            outcome = step.properties.get("Outcome")
            return {"Condition": {"Outcome": str(outcome).capitalize()}} if outcome else {}
        case "Callback":
            outputs = step.properties.get("OutputParameters") or {}
            told = {
                "CallbackToken": step.token,
                "SqsQueueUrl": step.queue,
                "OutputParameters": [
                    {"Name": name, "Value": str(value)} for name, value in outputs.items()
                ],
            }
            return {"Callback": told} if step.token else {}
        case "Fail":
            return {"Fail": {"ErrorMessage": step.reason}}
    return {}


def _source(execution: Execution, step: StepState) -> str:
    """Return the execution that a cached step's job belongs to, which its name tells."""
    _, _, rest = execution.job_of(step).partition("-")
    name = f"{execution.pipeline}/execution/{rest.partition('-')[0]}"
    return execution.place.arn("pipeline", name)

"""Describing the jobs that executions started; moto knows those that were created by request."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from penstock.targets.local.steps.attempt import job_name
from sandbox.execution import Execution, StepState
from sandbox.executions import Executions
from sandbox.names import JOB_KINDS, JobKind, Place

_STATES = {
    "Executing": "InProgress",
    "Stopping": "Stopping",
    "Stopped": "Stopped",
    "Failed": "Failed",
    "Succeeded": "Completed",
}
_TIMES = {
    "ProcessingJob": ("ProcessingStartTime", "ProcessingEndTime"),
    "TrainingJob": ("TrainingStartTime", "TrainingEndTime"),
    "TransformJob": ("TransformStartTime", "TransformEndTime"),
}


@contextlib.contextmanager
def described_jobs(executions: Executions) -> Iterator[None]:
    """Let the jobs of steps be described while this lasts."""
    with contextlib.ExitStack() as until_then:
        for kind in JOB_KINDS.values():
            name = f"describe_{kind.resource.replace('-', '_')}"
            plain = getattr(SageMakerResponse, name)
            answer = _described(executions, kind, plain)
            until_then.enter_context(patch.object(SageMakerResponse, name, answer))
        yield


def _described(executions: Executions, kind: JobKind, plain: Any) -> Any:
    def answer(self: SageMakerResponse) -> ActionResult:
        name = str(self._get_param(f"{kind.name}Name"))
        place = Place(self.current_account, self.region)
        found = _find(executions, place, name)
        return plain(self) if found is None else ActionResult(_job(*found, kind, name))

    return answer


def _find(executions: Executions, place: Place, name: str) -> tuple[Execution, StepState] | None:
    for execution in executions.at(place):
        for step in list(execution.steps.values()):
            if not step.cached and job_name(execution.execution_id, step.name) == name:
                return execution, step
    return None


def _job(execution: Execution, step: StepState, kind: JobKind, name: str) -> Mapping[str, Any]:
    began, ended = _TIMES[kind.name]
    told = {
        **step.arguments,
        **step.properties,
        f"{kind.name}Name": name,
        f"{kind.name}Arn": execution.place.arn(kind.resource, name),
        f"{kind.name}Status": _STATES[step.status],
        "CreationTime": step.started,
        began: step.started,
    }
    if kind.name != "TransformJob":
        told["LastModifiedTime"] = step.ended or datetime.now(UTC)
    if kind.name == "TrainingJob":
        told["SecondaryStatus"] = "Training" if step.ended is None else _STATES[step.status]
        at = step.ended or step.started
        metrics = told.get("FinalMetricDataList") or []
        told["FinalMetricDataList"] = [{"Timestamp": at, **metric} for metric in metrics]
    if step.ended is not None:
        told[ended] = step.ended
    if step.reason:
        told["FailureReason"] = step.reason
    return told

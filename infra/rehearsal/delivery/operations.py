"""CodePipeline's operations on executions; moto lacks them, or pretends that all went well."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest.mock import patch

from moto.codepipeline.exceptions import (
    PipelineExecutionNotFoundException,
    PipelineNotFoundException,
)
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult

from infra.rehearsal.delivery.answers import (
    action_listed,
    at,
    execution_listed,
    execution_told,
    stage_told,
)
from infra.rehearsal.delivery.deliveries import Deliveries
from infra.rehearsal.delivery.execution import (
    FAILED,
    RUNNING,
    SUCCEEDED,
    Action,
    DeliveryExecution,
)
from sandbox.answers import place_of
from sandbox.callers import caller_arn


class DeliveryOperations:
    """Each takes a request and returns what the operation answers."""

    def __init__(self, deliveries: Deliveries, pause_seconds: float) -> None:
        self._deliveries, self._pause = deliveries, pause_seconds

    def start_pipeline_execution(self, request: CodePipelineResponse) -> Any:
        """Start one."""
        members = ("variables", "clientRequestToken", "sourceRevisions")
        given = {name: request._get_param(name) for name in members}
        try:
            made = self._deliveries.start(
                place_of(request), str(request._get_param("name")), given, caller_arn(request)
            )
        except LookupError as error:
            raise PipelineNotFoundException(str(error)) from error
        return {"pipelineExecutionId": made.id}

    def stop_pipeline_execution(self, request: CodePipelineResponse) -> Any:
        """End one where it is."""
        execution = self._execution(request)
        reason = str(request._get_param("reason") or f"stopped by {caller_arn(request)}")
        self._deliveries.stop(execution, reason)
        return {"pipelineExecutionId": execution.id}

    def get_pipeline_execution(self, request: CodePipelineResponse) -> Any:
        """Describe one."""
        return {"pipelineExecution": execution_told(self._execution(request))}

    def list_pipeline_executions(self, request: CodePipelineResponse) -> Any:
        """List those of a pipeline, the latest first."""
        found = self._of(request, "pipelineName")
        return {"pipelineExecutionSummaries": [execution_listed(each) for each in found[::-1]]}

    def list_action_executions(self, request: CodePipelineResponse) -> Any:
        """List the actions of one execution or of all, the latest first."""
        wanted = (request._get_param("filter") or {}).get("pipelineExecutionId")
        told = [
            action_listed(execution, action)
            for execution in self._of(request, "pipelineName")
            if wanted in (None, execution.id)
            for action in execution.actions
            if action.started
        ]
        return {"actionExecutionDetails": told[::-1]}

    def get_pipeline_state(self, request: CodePipelineResponse) -> Any:
        """Tell what is in every stage."""
        executions = self._of(request, "name")
        kept = request.codepipeline_backend.pipelines[str(request._get_param("name"))]
        stages = []
        for stage in kept.pipeline["stages"]:
            been = [
                each for each in executions if any(a.stage == stage["name"] for a in each.actions)
            ]
            stages.append(stage_told(been[-1] if been else None, stage))
        return {
            "pipelineName": kept.pipeline["name"],
            "pipelineVersion": kept.pipeline["version"],
            "stageStates": stages,
            "created": kept._created,
            "updated": kept._updated,
        }

    def put_approval_result(self, request: CodePipelineResponse) -> Any:
        """Answer an approval; who answers is noted."""
        token, given = request._get_param("token"), request._get_param("result")
        names = str(request._get_param("stageName")), str(request._get_param("actionName"))
        for execution in self._of(request, "pipelineName"):
            action = execution.find(*names)
            if action is None or action.status != RUNNING or action.token != token:
                continue
            approved = given["status"] == "Approved"
            action.end(
                SUCCEEDED if approved else FAILED,
                summary=str(given.get("summary") or ""),
                error="" if approved else f"rejected by {caller_arn(request)}",
                by=caller_arn(request),
            )
            return {"approvedAt": at(time.time())}
        raise JsonRESTError(
            "InvalidApprovalTokenException", "No approval waits for an answer with this token."
        )

    def put_job_success_result(self, request: CodePipelineResponse) -> Any:
        """Take what a function says: that it is done, or that it is to be called again."""
        action = self._job(request)
        details = request._get_param("executionDetails") or {}
        action.summary = str(details.get("summary") or action.summary)
        action.external = str(details.get("externalExecutionId") or action.external)
        action.continuation = str(request._get_param("continuationToken") or "")
        if action.continuation:
            action.due = time.monotonic() + self._pause
        else:
            action.outputs = dict(request._get_param("outputVariables") or {})
            action.end(SUCCEEDED)
        return {}

    def put_job_failure_result(self, request: CodePipelineResponse) -> Any:
        """Take why a function failed."""
        details = request._get_param("failureDetails")
        self._job(request).end(FAILED, error=str(details["message"]))
        return {}

    def _job(self, request: CodePipelineResponse) -> Action:
        job = str(request._get_param("jobId"))
        found = self._deliveries.waiting(job)
        if found is None:
            raise JsonRESTError("InvalidJobStateException", f"The job {job} is not in progress.")
        return found

    def _of(self, request: CodePipelineResponse, parameter: str) -> list[DeliveryExecution]:
        name = str(request._get_param(parameter))
        if name not in request.codepipeline_backend.pipelines:
            raise PipelineNotFoundException(f"there is no pipeline {name}")
        return self._deliveries.of(place_of(request), name)

    def _execution(self, request: CodePipelineResponse) -> DeliveryExecution:
        wanted = str(request._get_param("pipelineExecutionId"))
        for execution in self._of(request, "pipelineName"):
            if execution.id == wanted:
                return execution
        raise PipelineExecutionNotFoundException(f"there is no execution {wanted}")


@contextlib.contextmanager
def served(deliveries: Deliveries, pause_seconds: float) -> Iterator[None]:
    """Answer these operations while this lasts.

    Args:
        pause_seconds: Until a function that is not done is called again.
    """
    operations = DeliveryOperations(deliveries, pause_seconds)
    with contextlib.ExitStack() as until_then:
        for name in dir(operations):
            if not name.startswith("_"):
                answer = _answering(getattr(operations, name))
                until_then.enter_context(
                    patch.object(CodePipelineResponse, name, answer, create=True)
                )
        yield


def _answering(work: Callable[[CodePipelineResponse], Mapping[str, Any]]) -> Any:
    def answer(self: CodePipelineResponse) -> ActionResult:
        return ActionResult(work(self))

    return answer

"""The operations of SageMaker Pipelines that moto lacks or only pretends to do.

Shapes and errors are those of botocore's model of the service.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ConflictException, ResourceNotFound, ValidationError
from moto.sagemaker.models import FakePipeline, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from sandbox.execution import Execution
from sandbox.executions import Executions, RefusedError
from sandbox.names import Place
from sandbox.step_list import listed_step

_DEFAULT_PAGE, _LARGEST_PAGE = 10, 100


@contextlib.contextmanager
def running_pipelines(executions: Executions) -> Iterator[None]:
    """Let moto's pipelines run while this lasts."""
    operations = _Operations(executions)
    with contextlib.ExitStack() as until_then:
        for name in (
            "start_pipeline_execution",
            "stop_pipeline_execution",
            "describe_pipeline_execution",
            "describe_pipeline_definition_for_execution",
            "list_pipeline_parameters_for_execution",
            "list_pipeline_executions",
            "list_pipeline_execution_steps",
            "describe_pipeline",
            "create_pipeline",
            "update_pipeline",
            "delete_pipeline",
        ):
            operation = _operation(operations, name)
            until_then.enter_context(patch.object(SageMakerResponse, name, operation, create=True))
        yield


def _operation(operations: _Operations, name: str) -> Any:
    work = getattr(operations, name)

    def answer(self: SageMakerResponse) -> ActionResult:
        return ActionResult(work(self))

    return answer


def place_of(response: SageMakerResponse) -> Place:
    """Return the account and Region that a request goes to."""
    return Place(response.current_account, response.region)


class _Operations:
    """Each takes a request and returns what the operation answers."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._plain = {
            name: getattr(SageMakerResponse, name)
            for name in ("describe_pipeline", "create_pipeline", "update_pipeline")
        }

    def create_pipeline(self, request: SageMakerResponse) -> Any:
        _checked_definition(request)
        return self._plain["create_pipeline"](request).result

    def update_pipeline(self, request: SageMakerResponse) -> Any:
        pipeline = _pipeline(request)
        _checked_definition(request)
        answer = self._plain["update_pipeline"](request).result
        pipeline.last_modified_time = datetime.now(UTC).replace(tzinfo=None)
        return answer

    def describe_pipeline(self, request: SageMakerResponse) -> Any:
        pipeline = _pipeline(request)
        return self._backend(request).describe_pipeline(pipeline.pipeline_name)

    def delete_pipeline(self, request: SageMakerResponse) -> Any:
        pipeline, place = _pipeline(request), place_of(request)
        if any(not each.is_over for each in self._executions.of(place, pipeline.pipeline_name)):
            raise ConflictException(
                f"Pipeline {pipeline.arn} has executions that are running. Stop them first."
            )
        self._executions.forget(place, pipeline.pipeline_name)
        return {"PipelineArn": self._backend(request).delete_pipeline(pipeline.pipeline_name)}

    def start_pipeline_execution(self, request: SageMakerResponse) -> Any:
        pipeline = _pipeline(request)
        if request._get_param("SelectiveExecutionConfig"):
            raise ValidationError("The sandbox has no selective execution.")
        text = str(pipeline.pipeline_definition)
        try:
            execution = self._executions.start(
                place_of(request),
                pipeline.pipeline_name,
                json.loads(text),
                text,
                request._get_param("PipelineParameters") or [],
                request._get_param("ClientRequestToken") or "",
                display_name=request._get_param("PipelineExecutionDisplayName") or "",
                description=request._get_param("PipelineExecutionDescription") or "",
                parallelism=request._get_param("ParallelismConfiguration")
                or pipeline.parallelism_configuration,
            )
        except RefusedError as error:
            raise ValidationError(str(error)) from error
        pipeline.last_execution_time = execution.created
        return {"PipelineExecutionArn": execution.arn}

    def stop_pipeline_execution(self, request: SageMakerResponse) -> Any:
        execution = self._execution(request)
        if execution.is_over:
            raise ConflictException(
                f"Pipeline execution {execution.arn} is {execution.status} and cannot be stopped."
            )
        execution.stop()
        return {"PipelineExecutionArn": execution.arn}

    def describe_pipeline_execution(self, request: SageMakerResponse) -> Any:
        execution = self._execution(request)
        answer = {
            "PipelineArn": execution.place.arn("pipeline", execution.pipeline),
            "PipelineExecutionArn": execution.arn,
            "PipelineExecutionDisplayName": execution.display_name or None,
            "PipelineExecutionStatus": execution.status,
            "PipelineExecutionDescription": execution.description or None,
            "FailureReason": execution.reason or None,
            "CreationTime": execution.created,
            "LastModifiedTime": execution.changed,
            "ParallelismConfiguration": execution.parallelism,
        }
        return _said(answer)

    def describe_pipeline_definition_for_execution(self, request: SageMakerResponse) -> Any:
        execution = self._execution(request)
        return {"PipelineDefinition": execution.definition, "CreationTime": execution.created}

    def list_pipeline_parameters_for_execution(self, request: SageMakerResponse) -> Any:
        return _page(request, "PipelineParameters", self._execution(request).given, _LARGEST_PAGE)

    def list_pipeline_executions(self, request: SageMakerResponse) -> Any:
        pipeline = _pipeline(request)
        found = self._executions.of(place_of(request), pipeline.pipeline_name)
        if request._get_param("SortBy") == "PipelineExecutionArn":
            found.sort(key=lambda each: each.arn)
        if request._get_param("SortOrder") != "Ascending":
            found.reverse()
        return _page(request, "PipelineExecutionSummaries", [_summary(each) for each in found])

    def list_pipeline_execution_steps(self, request: SageMakerResponse) -> Any:
        execution = self._execution(request)
        found = [listed_step(execution, step) for step in list(execution.steps.values())]
        if request._get_param("SortOrder") == "Descending":
            found.reverse()
        return _page(request, "PipelineExecutionSteps", found)

    def _backend(self, request: SageMakerResponse) -> SageMakerModelBackend:
        return request.sagemaker_backend

    def _execution(self, request: SageMakerResponse) -> Execution:
        arn = str(request._get_param("PipelineExecutionArn"))
        execution = self._executions.find(arn)
        if execution is None or execution.place != place_of(request):
            raise ResourceNotFound(f"Pipeline execution with ARN {arn} does not exist.")
        return execution


def _pipeline(request: SageMakerResponse) -> FakePipeline:
    named = str(request._get_param("PipelineName"))
    found = request.sagemaker_backend.pipelines.get(named.rpartition("/")[2])
    if found is None:
        raise ResourceNotFound(f"Pipeline '{named}' does not exist.")
    return found


def _checked_definition(request: SageMakerResponse) -> None:
    """Refuse a body that is no definition, which moto would store."""
    text = request._get_param("PipelineDefinition")
    if text is None:
        return
    try:
        document = json.loads(text)
        missing = {"Version", "Steps"} - document.keys()
    except (ValueError, AttributeError):
        raise ValidationError("Pipeline definition: Unable to parse pipeline definition.") from None
    if missing:
        raise ValidationError(
            f"Pipeline definition: required fields are missing: {', '.join(sorted(missing))}."
        )


def _summary(execution: Execution) -> Mapping[str, Any]:
    return _said(
        {
            "PipelineExecutionArn": execution.arn,
            "StartTime": execution.created,
            "PipelineExecutionStatus": execution.status,
            "PipelineExecutionDescription": execution.description or None,
            "PipelineExecutionDisplayName": execution.display_name or None,
            "PipelineExecutionFailureReason": execution.reason or None,
        }
    )


def _said(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in answer.items() if value is not None}


def _page(
    request: SageMakerResponse, name: str, found: list[Any], default: int = _DEFAULT_PAGE
) -> Mapping[str, Any]:
    """Return a page of a list; the token of the next one is where it begins."""
    token = request._get_param("NextToken") or "0"
    if not str(token).isdecimal():
        raise ValidationError(f"The pagination token {token} is invalid.")
    first, size = int(token), int(request._get_param("MaxResults") or default)
    last = first + min(size, _LARGEST_PAGE)
    more = {"NextToken": str(last)} if last < len(found) else {}
    return {name: found[first:last], **more}

"""Executions as the service tells of them; moto only pretends to have some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.sagemaker.exceptions import ConflictException, ResourceNotFound, ValidationError
from moto.sagemaker.responses import SageMakerResponse

from penstock.targets.local.structure import read_definition
from sandbox.answers import LARGEST_PAGE, page, place_of, required_pipeline, said
from sandbox.callers import user_context
from sandbox.execution import Execution, Selection
from sandbox.executions import Executions, RefusedError
from sandbox.step_list import listed_step


class ExecutionOperations:
    """Each takes a request and returns what the operation answers."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def start_pipeline_execution(self, request: SageMakerResponse) -> Any:
        """Start one; its parameters are checked first."""
        pipeline = required_pipeline(request)
        text = str(pipeline.pipeline_definition)
        given = request._get_param("PipelineParameters") or []
        selection, source = self._selection(request, text)
        if source is not None:
            named = {each["Name"] for each in given}
            given = [*given, *(each for each in source.given if each["Name"] not in named)]
        try:
            execution = self._executions.start(
                place_of(request),
                pipeline.pipeline_name,
                json.loads(text),
                text,
                given,
                request._get_param("ClientRequestToken") or "",
                role=str(pipeline.role_arn or ""),
                display_name=request._get_param("PipelineExecutionDisplayName") or "",
                description=request._get_param("PipelineExecutionDescription") or "",
                parallelism=request._get_param("ParallelismConfiguration")
                or pipeline.parallelism_configuration,
                selection=selection,
                created_by=user_context(request),
            )
        except RefusedError as error:
            raise ValidationError(str(error)) from error
        pipeline.last_execution_time = execution.created
        return {"PipelineExecutionArn": execution.arn}

    def stop_pipeline_execution(self, request: SageMakerResponse) -> Any:
        """Ask one that runs to stop."""
        execution = self._execution(request)
        if execution.is_over:
            raise ConflictException(
                f"Pipeline execution {execution.arn} is {execution.status} and cannot be stopped."
            )
        execution.stop()
        return {"PipelineExecutionArn": execution.arn}

    def describe_pipeline_execution(self, request: SageMakerResponse) -> Any:
        """Describe one."""
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
            "CreatedBy": execution.created_by,
            "ParallelismConfiguration": execution.parallelism,
            "SelectiveExecutionConfig": _selected(execution),
        }
        return said(answer)

    def describe_pipeline_definition_for_execution(self, request: SageMakerResponse) -> Any:
        """Return the definition that it began with."""
        execution = self._execution(request)
        return {"PipelineDefinition": execution.definition, "CreationTime": execution.created}

    def list_pipeline_parameters_for_execution(self, request: SageMakerResponse) -> Any:
        """List the parameters that it was given."""
        return page(request, "PipelineParameters", self._execution(request).given, LARGEST_PAGE)

    def send_pipeline_execution_step_success(self, request: SageMakerResponse) -> Any:
        """Answer a Callback step."""
        given = request._get_param("OutputParameters") or []
        outputs = {each["Name"]: each["Value"] for each in given}
        return self._answered(request, outputs=outputs)

    def send_pipeline_execution_step_failure(self, request: SageMakerResponse) -> Any:
        """Refuse what a Callback step asks."""
        reason = request._get_param("FailureReason") or "the callback failed."
        return self._answered(request, failure=str(reason))

    def list_pipeline_executions(self, request: SageMakerResponse) -> Any:
        """List those of a pipeline, the latest first."""
        pipeline = required_pipeline(request)
        found = self._executions.of(place_of(request), pipeline.pipeline_name)
        if request._get_param("SortBy") == "PipelineExecutionArn":
            found.sort(key=lambda each: each.arn)
        if request._get_param("SortOrder") != "Ascending":
            found.reverse()
        return page(request, "PipelineExecutionSummaries", [_summary(each) for each in found])

    def list_pipeline_execution_steps(self, request: SageMakerResponse) -> Any:
        """List the steps that have started."""
        execution = self._execution(request)
        # What was taken over was there first, and is told last.
        steps = sorted(execution.steps.values(), key=lambda step: not step.reused)
        found = [listed_step(execution, step) for step in steps]
        if request._get_param("SortOrder") == "Descending":
            found.reverse()
        return page(request, "PipelineExecutionSteps", found)

    def _answered(self, request: SageMakerResponse, **given: Any) -> Any:
        token = str(request._get_param("CallbackToken"))
        for execution in self._executions.at(place_of(request)):
            if execution.answer(token, **given):
                return {"PipelineExecutionArn": execution.arn}
        raise ResourceNotFound(f"No step waits for the callback token {token}.")

    def _selection(
        self, request: SageMakerResponse, text: str
    ) -> tuple[Selection | None, Execution | None]:
        """Return what a selective execution runs anew, and the execution that it stands on."""
        asked = request._get_param("SelectiveExecutionConfig")
        if not asked:
            return None, None
        arn = str(asked.get("SourcePipelineExecutionArn") or "")
        source = self._executions.find(arn)
        if source is None or source.place != place_of(request):
            raise ResourceNotFound(f"Pipeline execution with ARN {arn} does not exist.")
        if not source.is_over:
            raise ValidationError(f"The source execution {arn} is {source.status}.")
        names = [str(each["StepName"]) for each in asked["SelectedSteps"]]
        definition = read_definition(json.loads(text))
        for name in names:
            if name in definition.steps and definition.descendants([name]) == set(names):
                return Selection(name, tuple(names), arn), source
        raise ValidationError("The sandbox selects one step with all that follow from it.")

    def _execution(self, request: SageMakerResponse) -> Execution:
        arn = str(request._get_param("PipelineExecutionArn"))
        execution = self._executions.find(arn)
        if execution is None or execution.place != place_of(request):
            raise ResourceNotFound(f"Pipeline execution with ARN {arn} does not exist.")
        return execution


def _selected(execution: Execution) -> Mapping[str, Any] | None:
    selection = execution.selection
    if selection is None:
        return None
    return {
        "SourcePipelineExecutionArn": selection.source,
        "SelectedSteps": [{"StepName": name} for name in selection.selected],
    }


def _summary(execution: Execution) -> Mapping[str, Any]:
    return said(
        {
            "PipelineExecutionArn": execution.arn,
            "StartTime": execution.created,
            "PipelineExecutionStatus": execution.status,
            "PipelineExecutionDescription": execution.description or None,
            "PipelineExecutionDisplayName": execution.display_name or None,
            "PipelineExecutionFailureReason": execution.reason or None,
        }
    )

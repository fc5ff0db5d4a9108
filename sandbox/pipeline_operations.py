"""Pipelines as the service keeps them: moto's, held to what the service refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.sagemaker.exceptions import ConflictException, ValidationError
from moto.sagemaker.models import FakePipeline
from moto.sagemaker.responses import SageMakerResponse

from sandbox.answers import page, place_of, required_pipeline, said
from sandbox.executions import Executions

_CREATED_WITH = "sandbox_created_with"
"""Attribute of moto's pipelines: the token that one was created with."""


class PipelineOperations:
    """Each takes a request and returns what the operation answers; changes come one at a time."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._alone = threading.Lock()
        self._create = SageMakerResponse.create_pipeline
        self._update = SageMakerResponse.update_pipeline

    def create_pipeline(self, request: SageMakerResponse) -> Any:
        """Create one; a repeated token finds the one that it created."""
        _checked_definition(request)
        token, name = request._get_param("ClientRequestToken"), request._get_param("PipelineName")
        pipelines = request.sagemaker_backend.pipelines
        with self._alone:
            known = pipelines.get(name)
            if known is not None and token and getattr(known, _CREATED_WITH, "") == token:
                return {"PipelineArn": known.arn}
            answer = self._create(request).result
            setattr(pipelines[name], _CREATED_WITH, token)
        return answer

    def update_pipeline(self, request: SageMakerResponse) -> Any:
        """Change one; the last writer's word counts."""
        _checked_definition(request)
        with self._alone:
            pipeline = required_pipeline(request)
            answer = self._update(request).result
            pipeline.last_modified_time = datetime.now(UTC).replace(tzinfo=None)
        return answer

    def describe_pipeline(self, request: SageMakerResponse) -> Any:
        """Describe one."""
        pipeline = required_pipeline(request)
        return request.sagemaker_backend.describe_pipeline(pipeline.pipeline_name)

    def delete_pipeline(self, request: SageMakerResponse) -> Any:
        """Delete one of which nothing runs."""
        place = place_of(request)
        with self._alone:
            pipeline = required_pipeline(request)
            name = pipeline.pipeline_name
            if any(not each.is_over for each in self._executions.of(place, name)):
                raise ConflictException(
                    f"Pipeline {pipeline.arn} has executions that are running. Stop them first."
                )
            self._executions.forget(place, name)
            return {"PipelineArn": request.sagemaker_backend.delete_pipeline(name)}

    def list_pipelines(self, request: SageMakerResponse) -> Any:
        """List those whose names begin so."""
        prefix = request._get_param("PipelineNamePrefix") or ""
        after, before = request._get_param("CreatedAfter"), request._get_param("CreatedBefore")
        by_name = request._get_param("SortBy") == "Name"
        found = [
            each
            for each in list(request.sagemaker_backend.pipelines.values())
            if each.pipeline_name.startswith(prefix)
            and (after is None or _aware(each.creation_time) > _aware(after))
            and (before is None or _aware(each.creation_time) < _aware(before))
        ]
        found.sort(key=lambda each: each.pipeline_name if by_name else str(each.creation_time))
        if request._get_param("SortOrder") != "Ascending":
            found.reverse()
        return page(request, "PipelineSummaries", [_summary(each) for each in found])


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


def _summary(pipeline: FakePipeline) -> Mapping[str, Any]:
    return said(
        {
            "PipelineArn": pipeline.arn,
            "PipelineName": pipeline.pipeline_name,
            "PipelineDisplayName": pipeline.pipeline_display_name,
            "PipelineDescription": pipeline.pipeline_description,
            "RoleArn": pipeline.role_arn,
            "CreationTime": pipeline.creation_time,
            "LastModifiedTime": pipeline.last_modified_time,
            "LastExecutionTime": pipeline.last_execution_time,
        }
    )


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)

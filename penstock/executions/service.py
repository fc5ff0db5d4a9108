"""The calls to SageMaker that executions need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.executions.execution import Execution, Snapshot, read_execution, read_step

_PAGE = 100
_MISSING = ("ResourceNotFound", "ResourceNotFoundException")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline as it is there.

    Attributes:
        definition: Its text; empty in a list.
        last_run: When an execution of it started last.
    """

    name: str
    arn: str
    definition: str = ""
    changed: datetime | None = None
    last_run: datetime | None = None


class Service:
    """SageMaker Pipelines in one Region, as these credentials see it."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._client: Any = open_client("sagemaker", region)

    def pipeline(self, name: str) -> Pipeline | None:
        """Return a pipeline; None where there is none."""
        with translated("sagemaker", f"pipeline {name}"):
            try:
                found = self._client.describe_pipeline(PipelineName=name)
            except Exception as error:
                if is_missing(error):
                    return None
                raise
        return Pipeline(
            str(found["PipelineName"]),
            str(found["PipelineArn"]),
            str(found["PipelineDefinition"]),
            found.get("LastModifiedTime"),
            found.get("LastRunTime"),
        )

    def pipelines(self) -> Sequence[Pipeline]:
        """Return all pipelines, by name, without their definitions."""
        with translated("sagemaker", f"pipelines in {self.region}"):
            pages = self._client.get_paginator("list_pipelines").paginate(
                SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": _PAGE}
            )
            return [
                Pipeline(
                    str(each["PipelineName"]),
                    str(each["PipelineArn"]),
                    changed=each.get("LastModifiedTime"),
                    last_run=each.get("LastExecutionTime"),
                )
                for page in pages
                for each in page["PipelineSummaries"]
            ]

    def tags(self, pipeline: Pipeline) -> Mapping[str, str]:
        """Return the tags of a pipeline; none where it was deleted meanwhile."""
        with translated("sagemaker", pipeline.arn):
            pages = self._client.get_paginator("list_tags").paginate(ResourceArn=pipeline.arn)
            try:
                return {
                    str(tag["Key"]): str(tag["Value"]) for page in pages for tag in page["Tags"]
                }
            except Exception as error:
                if is_missing(error):
                    return {}
                raise

    def start(
        self,
        pipeline: str,
        parameters: Sequence[Mapping[str, str]],
        token: str,
        *,
        display_name: str = "",
        description: str = "",
    ) -> str:
        """Start an execution, or find the one that was started with this token; return its ARN."""
        further = {
            "PipelineExecutionDisplayName": display_name,
            "PipelineExecutionDescription": description,
        }
        with translated("sagemaker", f"pipeline {pipeline}"):
            answer = self._client.start_pipeline_execution(
                PipelineName=pipeline,
                PipelineParameters=list(parameters),
                ClientRequestToken=token,
                **{name: value for name, value in further.items() if value},
            )
        return str(answer["PipelineExecutionArn"])

    def start_selected(self, pipeline: str, source: str, steps: Sequence[str], token: str) -> str:
        """Start some steps anew and take the results of the others from an execution.

        Args:
            pipeline: Its name.
            source: ARN of the execution; its parameters hold again.
            steps: That run; at most 50, connected with one another.
            token: The same for every try of one start.
        """
        with translated("sagemaker", source):
            answer = self._client.start_pipeline_execution(
                PipelineName=pipeline,
                ClientRequestToken=token,
                SelectiveExecutionConfig={
                    "SourcePipelineExecutionArn": source,
                    "SelectedSteps": [{"StepName": name} for name in steps],
                },
            )
        return str(answer["PipelineExecutionArn"])

    def stop(self, arn: str, token: str) -> None:
        """Ask an execution to stop."""
        with translated("sagemaker", arn):
            self._client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token)

    def execution(self, arn: str) -> Execution | None:
        """Return an execution; None where there is none."""
        with translated("sagemaker", arn):
            try:
                return read_execution(
                    self._client.describe_pipeline_execution(PipelineExecutionArn=arn)
                )
            except Exception as error:
                if is_missing(error):
                    return None
                raise

    def snapshot(self, arn: str) -> Snapshot:
        """Return an execution with its steps.

        The execution is read first, so that the steps of one that is over are all there.
        """
        with translated("sagemaker", arn):
            execution = read_execution(
                self._client.describe_pipeline_execution(PipelineExecutionArn=arn)
            )
            pages = self._client.get_paginator("list_pipeline_execution_steps").paginate(
                PipelineExecutionArn=arn,
                SortOrder="Ascending",
                PaginationConfig={"PageSize": _PAGE},
            )
            steps = [read_step(each) for page in pages for each in page["PipelineExecutionSteps"]]
        return Snapshot(execution, tuple(steps))

    def definition(self, arn: str) -> str:
        """Return the definition that an execution runs."""
        with translated("sagemaker", arn):
            answer = self._client.describe_pipeline_definition_for_execution(
                PipelineExecutionArn=arn
            )
        return str(answer["PipelineDefinition"])

    def parameters(self, arn: str) -> Mapping[str, str]:
        """Return the parameters that an execution was given; defaults are not among them."""
        with translated("sagemaker", arn):
            pages = self._client.get_paginator("list_pipeline_parameters_for_execution")
            return {
                str(each["Name"]): str(each["Value"])
                for page in pages.paginate(PipelineExecutionArn=arn)
                for each in page["PipelineParameters"]
            }

    def executions(self, pipeline: str, at_once: int = _PAGE) -> Iterator[Execution]:
        """Yield the executions of a pipeline, the one that was started last first; none if missing.

        Args:
            pipeline: Its name.
            at_once: How many a call asks for.
        """
        with translated("sagemaker", f"pipeline {pipeline}"):
            pages = self._client.get_paginator("list_pipeline_executions").paginate(
                PipelineName=pipeline,
                SortBy="CreationTime",
                SortOrder="Descending",
                PaginationConfig={"PageSize": min(at_once, _PAGE)},
            )
            try:
                for page in pages:
                    for each in page["PipelineExecutionSummaries"]:
                        yield read_execution(each)
            except Exception as error:
                if not is_missing(error):
                    raise


def is_missing(error: BaseException) -> bool:
    """Return whether a service says that what was asked for is not there."""
    return error_code(error) in _MISSING

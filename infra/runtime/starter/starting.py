"""Starts a pipeline that is due, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.runtime.clients import open_client
from infra.runtime.deployed import deployed_pipeline
from infra.runtime.rows import Rows
from infra.runtime.starter.due import Due, due_of
from infra.runtime.starter.settings import Settings
from infra.runtime.starter.values import Settling
from infra.runtime.table import Table

_NEWEST = 100
"""The most of one answer (botocore 1.44.5, ListPipelineExecutions)."""


def start_due(settings: Settings, event: Mapping[str, Any]) -> tuple[Due, str]:
    """Start what an event asks for; return it with the ARN of its execution.

    Args:
        settings: Of the account.
        event: See `due_of`.

    Raises:
        Refused: It is not to be started.
        NotYet: It may be started later.
        ClientError: A service refused.
    """
    due = due_of(event, settings.groups, settings.suffix)
    sagemaker, name = open_client("sagemaker"), due.pipeline.name
    table = Table(open_client("dynamodb"), settings.promotions)
    deployed = deployed_pipeline(sagemaker, name)
    description = f"penstock schedule, {due.reason}"
    if earlier := _started(sagemaker, name, description):
        return due, earlier
    values = Settling(settings, due, table, sagemaker, Rows()).values(deployed)
    answer = sagemaker.start_pipeline_execution(
        PipelineName=name,
        PipelineExecutionDescription=description,
        PipelineParameters=[{"Name": each, "Value": values[each]} for each in sorted(values)],
        ClientRequestToken=due.token,
    )
    return due, str(answer["PipelineExecutionArn"])


def _started(sagemaker: Any, name: str, description: str) -> str:
    """Return the execution that an earlier try of the same start made; empty: none is known.

    Meanwhile rows may have been appended or another model gone live, and the service may refuse a
    token that comes again with other parameters. Two tries at once, and what is older than the
    newest executions, are left to the token.
    """
    found = sagemaker.list_pipeline_executions(
        PipelineName=name, SortBy="CreationTime", SortOrder="Descending", MaxResults=_NEWEST
    )
    for each in found["PipelineExecutionSummaries"]:
        if each.get("PipelineExecutionDescription") == description:
            return str(each["PipelineExecutionArn"])
    return ""

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
    values = Settling(settings, due, table, sagemaker, Rows()).values(deployed)
    answer = sagemaker.start_pipeline_execution(
        PipelineName=name,
        PipelineExecutionDescription=f"penstock schedule, {due.reason}",
        PipelineParameters=[{"Name": each, "Value": values[each]} for each in sorted(values)],
        ClientRequestToken=due.token,
    )
    return due, str(answer["PipelineExecutionArn"])

"""Starts a pipeline that is due: inference by the model that is live, training on live data."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.clients import open_client
from infra.runtime.errors import Refused
from infra.runtime.notices import tell
from infra.runtime.starter.due import Due, due_of
from infra.runtime.starter.settings import Settings
from infra.runtime.table import Table

DECIDING = ("model", "model_version", "model_digest", "sinks")
"""A definition without one of them would decide by another model, or write elsewhere."""

logger = Logger(service="penstock-starter")


def handle(event: Mapping[str, Any], _context: Any) -> Mapping[str, str]:
    """Start what is due, once; return its execution, or why nothing was started.

    Raises:
        ClientError: A service refused; Lambda tries again, and then lets the event go to its dead
            letters.
    """
    settings = Settings.from_environment(os.environ)
    try:
        due = due_of(event, settings.groups, settings.suffix)
        values = _values(settings, due)
        arn = _start(due, values)
    except Refused as error:
        reason = str(error)
        logger.error("refused", reason=reason)
        name, where = str(event.get("pipeline") or "a pipeline"), settings.environment
        text = f"{name} was due in {where} and did not start: {reason}\n"
        tell(open_client("sns"), settings.topic, f"Penstock {where}: {name} did not start", text)
        return {"refused": reason}
    logger.info("started", pipeline=due.pipeline.name, reason=due.reason, execution=arn)
    return {"execution": arn}


def _values(settings: Settings, due: Due) -> Mapping[str, str]:
    """Return what a pipeline is started with, by parameter."""
    pipeline = due.pipeline
    values = dict(settings.parameters)
    if pipeline.use_case in settings.sources:
        values["source"] = settings.sources[pipeline.use_case]
    if pipeline.kind == "training":
        return values
    table = Table(open_client("dynamodb"), settings.promotions)
    live = table.get((f"live#{pipeline.released}", "live"))
    if live is None:
        what = "no model is live, so there is nothing to decide by."
        raise Refused(what, pipeline.name, "Approve a version, and open production for it.")
    if not settings.sinks.get(pipeline.use_case):
        what = f"nothing says where the decisions of {pipeline.use_case} go."
        raise Refused(what, pipeline.name, "Name its sinks, and deploy again.")
    return {
        **values,
        "model": live["model"],
        "model_version": f"{live['group']}/{live['version']}",
        "model_digest": live["model_digest"],
        "sinks": json.dumps(settings.sinks[pipeline.use_case]),
    }


def _start(due: Due, values: Mapping[str, str]) -> str:
    sagemaker, name = open_client("sagemaker"), due.pipeline.name
    definition = json.loads(sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"])
    declared = {str(each["Name"]) for each in definition.get("Parameters", [])}
    missing = [each for each in DECIDING if each in values and each not in declared]
    if missing:
        what = f"its definition takes no {', '.join(missing)}."
        raise Refused(what, name, "Deploy the release of the model that is live.")
    answer = sagemaker.start_pipeline_execution(
        PipelineName=name,
        PipelineExecutionDescription=f"penstock schedule, {due.reason}",
        PipelineParameters=[
            {"Name": each, "Value": values[each]} for each in sorted(values) if each in declared
        ],
        ClientRequestToken=due.token,
    )
    return str(answer["PipelineExecutionArn"])

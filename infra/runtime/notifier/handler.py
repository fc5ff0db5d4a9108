"""Tells people which execution failed, at which step, and how to see more."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.clients import error_code, open_client
from infra.runtime.notices import tell
from infra.runtime.pipelines import pipeline_of
from infra.runtime.settings import Reader

_ENDS = {
    "Failed": "failed",
    "Stopped": "was stopped",
    "CompletedWithFailures": "ended with failed steps",
}
_ABSENT = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")

logger = Logger(service="penstock-notifier")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one account.

    Attributes:
        environment: Its name, such as `prod`.
        topic: ARN of the topic that people read.
        groups: The use case by model package group.
        suffix: Of the pipelines' names, see `pipeline_of`.
    """

    environment: str
    topic: str
    groups: Mapping[str, str]
    suffix: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read them.

        Raises:
            SettingsError: Some are missing or wrong; all of those are told.
        """
        reader = Reader(environ)
        found = cls(
            environment=reader.text("PENSTOCK_ENVIRONMENT"),
            topic=reader.text("PENSTOCK_TOPIC"),
            groups=reader.texts("PENSTOCK_GROUPS"),
            suffix=reader.optional("PENSTOCK_SUFFIX"),
        )
        reader.check()
        return found


def handle(event: Mapping[str, Any], _context: Any) -> None:
    """Tell of an execution that failed or was stopped; others are left alone."""
    settings = Settings.from_environment(os.environ)
    detail = event.get("detail") or {}
    execution = str(detail.get("pipelineExecutionArn") or "")
    name = execution.partition(":pipeline/")[2].partition("/")[0]
    end = _ENDS.get(str(detail.get("currentPipelineExecutionStatus")))
    if end is None or pipeline_of(name, settings.groups, settings.suffix) is None:
        logger.info("ignored", execution=execution)
        return
    where = settings.environment
    lines = [
        f"{name} {end} in {where}.",
        "",
        f"Execution: {execution}",
        *_failed_steps(execution),
        "",
        f"See more: pipeline logs {execution} --env {where}",
        "",
    ]
    tell(open_client("sns"), settings.topic, f"Penstock {where}: {name} {end}", "\n".join(lines))
    logger.info("told", pipeline=name, end=end, execution=execution)


def _failed_steps(execution: str) -> Iterator[str]:
    """Yield a line for each step that failed; none where the execution is gone."""
    pages = open_client("sagemaker").get_paginator("list_pipeline_execution_steps")
    try:
        for page in pages.paginate(PipelineExecutionArn=execution):
            for step in page["PipelineExecutionSteps"]:
                if step.get("StepStatus") == "Failed":
                    reason = str(step.get("FailureReason") or "no reason is told.")
                    yield f"Step {step['StepName']} failed: {reason}"
    except Exception as error:
        if error_code(error) not in _ABSENT:
            raise

"""Who started a delivery, and so is the author of what it trains."""

from __future__ import annotations

from typing import Any

from infra.runtime.errors import Refused

_PERSONS = (":iam::", ":sts::")
_MADE = "CreatePipeline"
"""CodePipeline starts what was made just now, and names who made it (User Guide, "Start a pipeline
in CodePipeline")."""


def author_of(codepipeline: Any, pipeline: str, execution: str) -> str:
    """Return the ARN of who started an execution of CodePipeline.

    Args:
        codepipeline: Client of CodePipeline.
        pipeline: Its name.
        execution: Its id.

    Raises:
        Refused: Nobody did, so that nobody could be told apart from an approver.
    """
    found = codepipeline.get_pipeline_execution(
        pipelineName=pipeline, pipelineExecutionId=execution
    )["pipelineExecution"]
    trigger = found.get("trigger") or {}
    told = str(trigger.get("triggerDetail") or "")
    if trigger.get("triggerType") == _MADE or not any(mark in told for mark in _PERSONS):
        raise Refused(
            f"nobody is named who started it: {told or '(nothing)'}.",
            f"{pipeline} {execution}",
            "Start the delivery by `pipeline release deliver`.",
        )
    return told

"""What `Execution.` references give: the names and times of a run."""

from __future__ import annotations

from datetime import UTC, datetime

from penstock.targets.local.state import RunFacts
from penstock.targets.local.steps.attempt import local_arn


def execution_variables(facts: RunFacts) -> dict[str, str]:
    """Return the variables of a run; those of a job are added where it starts."""
    started = datetime.fromtimestamp(facts.started, UTC).isoformat(timespec="milliseconds")
    return {
        "PipelineName": facts.pipeline,
        "PipelineArn": local_arn("pipeline", facts.pipeline),
        "PipelineExecutionId": facts.execution_id,
        "PipelineExecutionArn": local_arn(
            "pipeline", f"{facts.pipeline}/execution/{facts.execution_id}"
        ),
        "StartDateTime": started,
        "CurrentDateTime": started,
    }

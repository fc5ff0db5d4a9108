"""Who opened a gate of a delivery pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infra.runtime.errors import Refused
from infra.runtime.identities import identity_of
from infra.runtime.statements import Gate


def opened_gate(client: Any, pipeline: str, gate: str, execution: str) -> Gate:
    """Return who approved, and when.

    Args:
        client: Of CodePipeline.
        pipeline: Its name.
        gate: Stage and action, such as `Gate/Approve`.
        execution: Id of the pipeline's execution.

    Raises:
        Refused: The gate was not opened in this execution, or CodePipeline does not say by whom.
    """
    where = f"{pipeline} execution {execution}, {gate}"
    stage, _, action = gate.partition("/")
    pages = client.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )
    found = [
        each
        for page in pages
        for each in page["actionExecutionDetails"]
        if (each["stageName"], each["actionName"], each["status"]) == (stage, action, "Succeeded")
    ]
    if not found:
        raise Refused("nobody has opened the gate.", where, "Approve it in CodePipeline.")
    newest = max(found, key=lambda each: each["lastUpdateTime"])
    approved_by = str(newest.get("updatedBy") or "")
    if not approved_by:
        raise Refused(
            "CodePipeline does not say who opened the gate.", where, "Start the delivery again."
        )
    identity_of(approved_by)
    return Gate(approved_by, in_utc(newest["lastUpdateTime"]), execution)


def in_utc(time: datetime) -> str:
    """Return a time as ISO 8601 in UTC, such as `2026-11-21T10:00:00.250000Z`."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"

"""What CodePipeline tells of executions and actions, in the service's shapes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.rehearsal.delivery.execution import (
    FAILED,
    RUNNING,
    WAITING,
    Action,
    DeliveryExecution,
)


def at(seconds: float) -> datetime:
    """Return a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def execution_told(execution: DeliveryExecution) -> Mapping[str, Any]:
    """As GetPipelineExecution tells of one."""
    return {
        "pipelineName": execution.pipeline,
        "pipelineVersion": int(execution.definition["version"]),
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.reason,
        "artifactRevisions": [],
        "variables": [
            {"name": name, "resolvedValue": value} for name, value in execution.variables.items()
        ],
        "trigger": {
            "triggerType": "StartPipelineExecution",
            "triggerDetail": execution.started_by,
        },
        "executionMode": str(execution.definition.get("executionMode") or "SUPERSEDED"),
    }


def execution_listed(execution: DeliveryExecution) -> Mapping[str, Any]:
    """As ListPipelineExecutions tells of one."""
    return {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.reason,
        "startTime": at(execution.started),
        "lastUpdateTime": at(execution.updated),
        "trigger": {
            "triggerType": "StartPipelineExecution",
            "triggerDetail": execution.started_by,
        },
    }


def action_listed(execution: DeliveryExecution, action: Action) -> Mapping[str, Any]:
    """As ListActionExecutions tells of one."""
    declared = action.declared
    result: dict[str, Any] = {"externalExecutionSummary": action.summary}
    if action.external:
        result["externalExecutionId"] = action.external
    if action.status == FAILED:
        result["errorDetails"] = {"code": "JobFailed", "message": action.error}
    told: dict[str, Any] = {
        "pipelineExecutionId": execution.id,
        "actionExecutionId": action.id,
        "pipelineVersion": int(execution.definition["version"]),
        "stageName": action.stage,
        "actionName": action.name,
        "startTime": at(action.started),
        "lastUpdateTime": at(action.updated),
        "status": action.status,
        "input": {
            "actionTypeId": dict(declared["actionTypeId"]),
            "configuration": dict(declared.get("configuration") or {}),
            "resolvedConfiguration": dict(action.configuration),
            "region": str(declared.get("region") or execution.place.region),
            "inputArtifacts": [
                _artifact(execution, each["name"]) for each in declared.get("inputArtifacts") or []
            ],
        },
        "output": {
            "outputArtifacts": [
                _artifact(execution, each["name"]) for each in declared.get("outputArtifacts") or []
            ],
            "executionResult": result,
            "outputVariables": dict(action.outputs),
        },
    }
    if action.updated_by:
        told["updatedBy"] = action.updated_by
    if declared.get("namespace"):
        told["input"]["namespace"] = declared["namespace"]
    return told


def stage_told(execution: DeliveryExecution | None, stage: Mapping[str, Any]) -> Mapping[str, Any]:
    """As GetPipelineState tells of a stage.

    Args:
        execution: The latest that was in the stage.
    """
    told: dict[str, Any] = {
        "stageName": stage["name"],
        "inboundTransitionState": {"enabled": True},
        "actionStates": [_action_told(execution, stage["name"], each) for each in stage["actions"]],
    }
    if execution is not None:
        told["latestExecution"] = {
            "pipelineExecutionId": execution.id,
            "status": _stage_status(execution, str(stage["name"])),
        }
    return told


def _action_told(
    execution: DeliveryExecution | None, stage: str, declared: Mapping[str, Any]
) -> Mapping[str, Any]:
    told: dict[str, Any] = {"actionName": declared["name"]}
    action = execution and execution.find(stage, str(declared["name"]))
    if not action or action.status == WAITING:
        return told
    latest: dict[str, Any] = {
        "actionExecutionId": action.id,
        "status": action.status,
        "summary": action.summary,
        "lastStatusChange": at(action.updated),
    }
    if action.token:
        latest["token"] = action.token
    if action.updated_by:
        latest["lastUpdatedBy"] = action.updated_by
    if action.external:
        latest["externalExecutionId"] = action.external
    if action.error:
        latest["errorDetails"] = {"code": "JobFailed", "message": action.error}
    return {**told, "latestExecution": latest}


def _stage_status(execution: DeliveryExecution, stage: str) -> str:
    found = [each.status for each in execution.actions if each.stage == stage]
    if FAILED in found:
        return FAILED
    return RUNNING if {RUNNING, WAITING} & set(found) else "Succeeded"


def _artifact(execution: DeliveryExecution, name: str) -> Mapping[str, Any]:
    if name not in execution.artifacts:
        return {"name": name}
    bucket, key = execution.artifacts[name]
    return {"name": name, "s3location": {"bucket": bucket, "key": key}}

"""What a click or a clock starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.cdk.rules.finding import Finding, Template
from penstock.errors import PenstockError
from penstock.use_case.cron import parse_cron

_STATE_CHANGE = "SageMaker Model Package State Change"


def only_approvals_go_on(template: Template) -> Iterator[Finding]:
    """Yield rules on registries that match more than approvals; rejections may be recorded."""
    for title, properties in template.of_type("AWS::Events::Rule"):
        pattern = properties.get("EventPattern", {})
        kinds = pattern.get("detail-type", [])
        if kinds and _STATE_CHANGE not in kinds:
            continue
        if not kinds and "aws.sagemaker" not in pattern.get("source", []):
            continue
        statuses = pattern.get("detail", {}).get("ModelApprovalStatus")
        recorded = statuses == ["Rejected"] and _goes_to_recorder(properties)
        if statuses != ["Approved"] and not recorded:
            what = f"it matches models whose status is {statuses or 'anything'}."
            yield Finding(
                "OnlyApprovalsGoOn", title, what, "Match ModelApprovalStatus [Approved] alone."
            )


def schedules_run_in_prod(template: Template) -> Iterator[Finding]:
    """Yield schedules that are on outside prod."""
    for title, properties in template.of_type("AWS::Scheduler::Schedule"):
        if properties.get("State") != "DISABLED" and template.kind != "prod":
            what = f"it is on in {template.kind}; schedules run in prod alone."
            yield Finding("SchedulesRunInProd", title, what, "Set State to DISABLED.")


def schedules_can_be_read(template: Template) -> Iterator[Finding]:
    """Yield schedules whose expression EventBridge would refuse."""
    for title, properties in template.of_type("AWS::Scheduler::Schedule"):
        expression = str(properties.get("ScheduleExpression"))
        try:
            if not expression.startswith("cron(") or not expression.endswith(")"):
                raise ValueError
            parse_cron(expression[5:-1])
        except (ValueError, PenstockError):
            yield Finding(
                "SchedulesCanBeRead",
                title,
                f"{expression} is no cron expression of EventBridge.",
                "Write six fields, such as cron(0 6 * * ? *).",
            )


def _goes_to_recorder(properties: Any) -> bool:
    arns = [each.get("Arn") for each in properties.get("Targets", [])]
    return arns == [{"Fn::GetAtt": ["RecorderFunction", "Arn"]}]

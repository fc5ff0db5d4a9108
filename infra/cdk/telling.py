"""Who hears how executions of a use case's pipelines ended."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as functions
from constructs import Construct

from infra.cdk.inputs import Pipeline
from infra.cdk.naming import STATUS_CHANGE, Names

_FAILED = ("Failed", "Stopped", "CompletedWithFailures")


def tell_endings(scope: Construct, names: Names, group: str, pipelines: Sequence[Pipeline]) -> None:
    """Have people told of failures and, in pre-prod, the deployer of how trials ended.

    Args:
        scope: The stack.
        names: Of the environment.
        group: Of the use case.
        pipelines: Of the use case.
    """
    if pipelines:
        _tell_failures(scope, names, group, pipelines)
    trials = [each for each in pipelines if each.kind == "inference"]
    if trials and names.environment.kind == "pre-prod":
        events.CfnRule(
            scope,
            "TrialRule",
            name=names.of(f"trials-{group}"),
            description="How a trial ended.",
            event_pattern=_pattern(names, trials, ("Succeeded", *_FAILED)),
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(id="deployer", arn=names.queue("promotion")),
            ],
        )


def _tell_failures(
    scope: Construct, names: Names, group: str, pipelines: Sequence[Pipeline]
) -> None:
    notifier = names.function("notifier")
    rule = events.CfnRule(
        scope,
        "FailedRule",
        name=names.of(f"failed-{group}"),
        description="People are told why an execution failed.",
        event_pattern=_pattern(names, pipelines, _FAILED),
        state="ENABLED",
        targets=[events.CfnRule.TargetProperty(id="notifier", arn=notifier)],
    )
    functions.CfnPermission(
        scope,
        "NotifierPermission",
        action="lambda:InvokeFunction",
        function_name=notifier,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
        source_account=names.account,
    )


def _pattern(
    names: Names, pipelines: Sequence[Pipeline], statuses: Sequence[str]
) -> dict[str, object]:
    return {
        "source": ["aws.sagemaker"],
        "detail-type": [STATUS_CHANGE],
        "detail": {
            "pipelineArn": [names.sagemaker_pipeline(each.name) for each in pipelines],
            "currentPipelineExecutionStatus": list(statuses),
        },
    }

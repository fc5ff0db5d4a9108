"""How a promotion reaches an account: its queue, its deployer, and what fills the queue."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as functions
from constructs import Construct

from infra.cdk.inputs import Inputs
from infra.cdk.naming import STATE_CHANGE, Names
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.function import Functions, FunctionSettings
from infra.cdk.parts.queue import make_queue
from infra.cdk.statements import allow


def make_promotion(
    scope: Construct,
    inputs: Inputs,
    names: Names,
    make: Functions,
    variables: Mapping[str, str],
    *,
    key: str,
    alarms: Alarms,
) -> None:
    """Make the queue of promotions and its deployer; in pre-prod also how approvals come.

    Args:
        scope: The stack.
        inputs: What the templates are made of.
        names: Of the environment.
        make: Makes functions in the stack.
        variables: Settings of the deployer.
        key: ARN of the key that encrypts messages.
        alarms: Of the stack.
    """
    tooling, kind = inputs.tooling, names.environment.kind
    senders = [
        allow(
            "Events",
            ["sqs:SendMessage"],
            [names.queue("promotion")],
            {"StringEquals": {"aws:SourceAccount": names.account}},
            Service=["events.amazonaws.com"],
        )
    ]
    if kind == "prod":
        opener = [tooling.role("opener")]
        senders = [allow("Opener", ["sqs:SendMessage"], [names.queue("promotion")], AWS=opener)]
    queue = make_queue(
        scope,
        "Promotion",
        names,
        "promotion",
        key=key,
        senders=senders,
        alarms=alarms,
        # As long as the function may take: what could not be done is tried again after it.
        seconds=960,
    )
    deployer = make.make(
        "Deployer",
        FunctionSettings(
            "deployer",
            "Verifies what was approved and lets it decide.",
            variables,
            seconds=900,
            memory=2048,
        ),
    )
    feed(scope, "Deployer", deployer, queue.attr_arn)
    if kind == "pre-prod":
        _approvals_arrive(scope, tooling, names, queue.attr_arn)


def feed(scope: Construct, title: str, function: functions.CfnFunction, queue: str) -> None:
    """Have a function take the messages of a queue, one by one."""
    functions.CfnEventSourceMapping(
        scope,
        f"{title}Source",
        function_name=function.ref,
        event_source_arn=queue,
        batch_size=1,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=functions.CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=2),
    )


def _approvals_arrive(scope: Construct, tooling: Names, names: Names, queue: str) -> None:
    bus = events.CfnEventBus(scope, "PromotionBus", name=names.of("promotion"))
    events.CfnEventBusPolicy(
        scope,
        "PromotionBusPolicy",
        event_bus_name=bus.ref,
        statement_id="Approvals",
        statement=dict(
            allow(
                "Approvals",
                ["events:PutEvents"],
                [names.bus],
                {
                    "StringEquals": {
                        "events:detail-type": STATE_CHANGE,
                        "events:source": "aws.sagemaker",
                    }
                },
                AWS=[tooling.role("forward")],
            )
        ),
    )
    events.CfnRule(
        scope,
        "ApprovedRule",
        name=names.of("approved"),
        description="An approval, and nothing else, is worked on.",
        event_bus_name=bus.ref,
        event_pattern={
            "source": ["aws.sagemaker"],
            "detail-type": [STATE_CHANGE],
            "detail": {"ModelApprovalStatus": ["Approved"]},
        },
        state="ENABLED",
        targets=[events.CfnRule.TargetProperty(id="deployer", arn=queue)],
    )

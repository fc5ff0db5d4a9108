"""The functions that a delivery calls, and the one that records rejections."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as functions
from constructs import Construct

from infra.cdk.access.jobs import central_bucket
from infra.cdk.inputs import Inputs, as_json
from infra.cdk.naming import (
    DELIVERY,
    GATE_ACTION,
    GATE_STAGE,
    SEAL_ALIAS,
    STATE_CHANGE,
    TO_PROD,
    Names,
)
from infra.cdk.parts.function import Functions, FunctionSettings
from penstock.approval.ledger.aws_address import read_aws_address


def make_delivery_functions(
    scope: Construct, inputs: Inputs, names: Names, make: Functions
) -> None:
    """Make the functions in the CodePipelines, and the recorder with the rule that calls it.

    Args:
        scope: The stack.
        inputs: What the templates are made of.
        names: Of tooling.
        make: Makes functions in the stack.
    """
    environment = names.environment
    dev = next(iter(inputs.workloads("dev")), None)
    central = f"s3://{central_bucket(environment.registry)}"
    shared = {
        "PENSTOCK_TOOLING_ACCOUNT": names.account,
        "PENSTOCK_REGION": names.region,
        "PENSTOCK_RELEASES": environment.releases,
        "PENSTOCK_CENTRAL": central,
        "PENSTOCK_GROUPS": as_json(inputs.use_cases_by_group()),
        "PENSTOCK_SEAL_KEY": names.arn("kms", SEAL_ALIAS),
        "PENSTOCK_GATE": f"{GATE_STAGE}/{GATE_ACTION}",
    }
    make.make(
        "ReleaseCheck",
        FunctionSettings(
            "release_check",
            "Verifies that what is delivered is the release it says.",
            shared,
            seconds=300,
            memory=1024,
        ),
    )
    if dev is not None:
        settings = {
            **shared,
            "PENSTOCK_DEV_ROLE": dev.role("delivery"),
            "PENSTOCK_PARAMETERS": as_json(dev.environment.parameters),
            "PENSTOCK_SOURCES": as_json(inputs.sources(dev)),
            "PENSTOCK_DELIVERY": DELIVERY,
        }
        make.make(
            "Training",
            FunctionSettings(
                "training", "Has dev train and finds the candidate.", settings, seconds=300
            ),
        )
        make.make(
            "Registrar",
            FunctionSettings(
                "registrar",
                "Copies a candidate to the centre, signs and registers it.",
                {**settings, "PENSTOCK_DEV_ACCOUNT": dev.account},
                seconds=900,
                memory=2048,
                scratch=10240,
                # One may copy for a quarter of an hour, and CodePipeline waits twenty minutes.
                at_once=max(2, len(inputs.use_cases)),
            ),
        )
    prods = inputs.workloads("prod")
    if prods:
        queues = [each.queue_url("promotion") for each in prods]
        make.make(
            "Opener",
            FunctionSettings(
                "opener",
                "Tells prod that its gate was opened.",
                {
                    **shared,
                    "PENSTOCK_DELIVERY": TO_PROD,
                    "PENSTOCK_PROD_QUEUES": as_json(queues),
                },
            ),
        )
    recorder = make.make(
        "Recorder",
        FunctionSettings(
            "recorder",
            "Writes rejections down.",
            {
                **shared,
                "PENSTOCK_LEDGER": f"s3://{read_aws_address(environment.ledger).bucket}",
            },
        ),
    )
    rejected = events.CfnRule(
        scope,
        "RejectedRule",
        name=names.of("rejected"),
        description="A rejection is written down; nothing is deployed.",
        event_pattern={
            "source": ["aws.sagemaker"],
            "detail-type": [STATE_CHANGE],
            "account": [names.account],
            "detail": {
                "ModelPackageGroupName": inputs.groups(),
                "ModelApprovalStatus": ["Rejected"],
            },
        },
        state="ENABLED",
        targets=[events.CfnRule.TargetProperty(id="recorder", arn=recorder.attr_arn)],
    )
    functions.CfnPermission(
        scope,
        "RecorderPermission",
        action="lambda:InvokeFunction",
        function_name=recorder.ref,
        principal="events.amazonaws.com",
        source_arn=rejected.attr_arn,
        source_account=names.account,
    )

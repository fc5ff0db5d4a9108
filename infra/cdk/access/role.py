"""A role with its policy in it and a boundary around it."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.acknowledging import acknowledge_boundary, acknowledge_wildcards
from infra.cdk.naming import PREFIX, Names
from infra.cdk.statements import Statement, allow, deny, document, with_alias

_SERVICES = (
    "cloudformation",
    "cloudwatch",
    "codepipeline",
    "dynamodb",
    "ec2",
    "ecr",
    "events",
    "glue",
    "kms",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
)
_HOUR = 3600


class Roles:
    """Makes the roles of one environment.

    Args:
        scope: The stack.
        names: Of the environment.
    """

    def __init__(self, scope: Construct, names: Names) -> None:
        self._scope, self._names = scope, names
        self._boundary = iam.CfnManagedPolicy(
            scope,
            "Boundary",
            managed_policy_name=names.of("boundary"),
            description="The most that any role of Penstock can ever do here; it allows nothing.",
            policy_document=_boundary(names),
        )
        acknowledge_boundary(self._boundary, _boundary(names))

    def make(
        self, title: str, name: str, trust: dict[str, Any], *statements: Statement, description: str
    ) -> None:
        """Make a role.

        Args:
            title: In the template.
            name: Whole name of the role.
            trust: Who may take it.
            statements: What it may do.
            description: For people.
        """
        role = iam.CfnRole(
            self._scope,
            f"{title}Role",
            role_name=name,
            description=description,
            assume_role_policy_document=trust,
            max_session_duration=_HOUR,
            permissions_boundary=self._boundary.ref,
            policies=[
                iam.CfnRole.PolicyProperty(
                    policy_name=PREFIX, policy_document=document(*statements)
                )
            ],
        )
        acknowledge_wildcards(role, statements)


def function_log(names: Names, function: str) -> Statement:
    """Let a function write its own log, which is there already."""
    group = names.arn("logs", f"log-group:/aws/lambda/{names.of(function)}")
    return allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group}:log-stream:*"])


def function_failures(names: Names) -> Statement:
    """Let a function hand on the events that it failed at."""
    return allow("Failures", ["sqs:SendMessage"], [names.queue("functions-dead")])


def use_key(names: Names, sid: str, aliases: list[str], *actions: str) -> Statement:
    """Let a role use the keys of an account that have one of these aliases."""
    return allow(sid, actions, [names.arn("kms", "key/*")], with_alias(*aliases))


def tell(names: Names) -> Statement:
    """Let a role write to the topic of failures."""
    return allow("Tell", ["sns:Publish"], [names.topic])


def _boundary(names: Names) -> dict[str, Any]:
    account = {"StringNotEquals": {"aws:RequestedRegion": names.region}}
    return document(
        allow("ServicesInUse", [f"{each}:*" for each in _SERVICES], ["*"]),
        allow(
            "PassOwnRoles",
            ["iam:PassRole"],
            [
                f"arn:aws:iam::{names.account}:role/{PREFIX}-*",
                names.environment.role or names.role("none"),
            ],
            {
                "StringEquals": {
                    "iam:PassedToService": ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]
                }
            },
        ),
        allow(
            "PassCloudFormationItsOwn",
            ["iam:PassRole"],
            [names.cloudformation_role()],
            {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        ),
        deny(
            "NoChangeOfRights",
            [
                "kms:CreateGrant",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "lambda:AddPermission",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
                "s3:BypassGovernanceRetention",
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:PutBucketPolicy",
                "sagemaker:DeleteModelPackageGroupPolicy",
                "sagemaker:PutModelPackageGroupPolicy",
                "sns:SetTopicAttributes",
                "sqs:SetQueueAttributes",
            ],
            ["*"],
        ),
        deny(
            "ThisRegionAlone",
            [
                "dynamodb:*",
                "lambda:*",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
            ],
            ["*"],
            account,
        ),
    )

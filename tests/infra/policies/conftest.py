from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from infra.policies import (
    Decision,
    Estate,
    Policy,
    PolicySet,
    Principal,
    Request,
    ResourceKind,
    Template,
    load_estate,
    parse_policy,
)
from infra.policies import evaluate as judge

Statements = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def policy(statements: Statements, name: str) -> Policy:
    """A document of the current version; a mapping with Statement is one already."""
    if isinstance(statements, Mapping) and "Statement" in statements:
        return parse_policy(statements, name)
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, name)


@pytest.fixture
def decide() -> Callable[..., Decision]:
    """Decide a request by policies that are given as statements."""

    def decision(
        principal: Principal,
        action: str,
        resource: str = "*",
        *,
        identity: Statements = (),
        boundary: Statements | None = None,
        session: Statements | None = None,
        attached: Statements = (),
        kind: ResourceKind = ResourceKind.ORDINARY,
        organization: Sequence[Statements] = (),
        context: Mapping[str, Any] | None = None,
        owner: str = "",
    ) -> Decision:
        policies = PolicySet(
            identity=(policy(identity, "identity"),),
            boundary=None if boundary is None else policy(boundary, "boundary"),
            session=None if session is None else (policy(session, "session"),),
            resource=(policy(attached, "attached"),),
            kind=kind,
            organization=tuple((policy(each, "organization"),) for each in organization),
        )
        return judge(Request(principal, action, resource, context or {}, owner), policies)

    return decision


@pytest.fixture
def outcome(decide: Callable[..., Decision]) -> Callable[..., str]:
    """Only whether it is allowed, implicitly denied or explicitly denied."""
    return lambda *asked, **policies: decide(*asked, **policies).outcome.value


TOOLING, DEV = "444444444444", "111111111111"


def arn(service: str, *resource: object, region: bool = True) -> dict[str, Any]:
    """An ARN as CDK joins it."""
    place: list[object] = [":", {"Ref": "AWS::Region"}] if region else [":"]
    start = ["arn:", {"Ref": "AWS::Partition"}, f":{service}", *place, ":"]
    return {"Fn::Join": ["", [*start, {"Ref": "AWS::AccountId"}, ":", *resource]]}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy document as CDK writes it."""
    return {"Version": "2012-10-17", "Statement": [*statements]}


def role(trusted: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    """A role as CDK writes it."""
    trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": trusted}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": document(trust), **properties},
    }


def inline(logical_id: str, *statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of a role as CDK writes it."""
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyDocument": document(*statements),
            "PolicyName": f"{logical_id}DefaultPolicy",
            "Roles": [{"Ref": logical_id}],
        },
    }


@pytest.fixture
def delivery() -> dict[str, Any]:
    """The central group, who registers in it and who approves."""
    group = {"Fn::GetAtt": ["Group", "ModelPackageGroupArn"]}
    packages = arn(
        "sagemaker", "model-package/", {"Fn::Select": [1, {"Fn::Split": ["/", group]}]}, "/*"
    )
    status = "sagemaker:ModelApprovalStatus"
    return {
        "Resources": {
            "Group": {
                "Type": "AWS::SageMaker::ModelPackageGroup",
                "Properties": {"ModelPackageGroupName": "fraud"},
            },
            "Registrar": role({"Service": "lambda.amazonaws.com"}, RoleName="registrar"),
            "RegistrarPolicy": inline(
                "Registrar",
                {
                    "Sid": "RegisterPending",
                    "Effect": "Allow",
                    "Action": "sagemaker:CreateModelPackage",
                    "Resource": [group, packages],
                    "Condition": {"StringEquals": {status: "PendingManualApproval"}},
                },
            ),
            "Approver": role(
                {"AWS": arn("iam", "root", region=False)},
                Tags=[{"Key": "duty", "Value": "approval"}],
                Policies=[
                    {
                        "PolicyName": "approve",
                        "PolicyDocument": document(
                            {
                                "Effect": "Allow",
                                "Action": ["sagemaker:UpdateModelPackage"],
                                "Resource": packages,
                                "Condition": {"StringEquals": {status: ["Approved", "Rejected"]}},
                            }
                        ),
                    }
                ],
            ),
        },
        "Outputs": {
            "GroupArn": {"Value": group, "Export": {"Name": "delivery:Group"}},
        },
    }


@pytest.fixture
def workload() -> dict[str, Any]:
    """A bucket with its key in dev, and who trains there."""
    bucket = {"Fn::GetAtt": ["Models", "Arn"]}
    objects = {"Fn::Join": ["", [bucket, "/*"]]}
    trainer = {"AWS": {"Fn::GetAtt": ["Trainer", "Arn"]}}
    return {
        "Parameters": {"Prefix": {"Type": "String", "Default": "runs"}},
        "Resources": {
            "Key": {
                "Type": "AWS::KMS::Key",
                "Properties": {
                    "KeyPolicy": document(
                        {
                            "Effect": "Allow",
                            "Action": "kms:*",
                            "Principal": {"AWS": arn("iam", "root", region=False)},
                            "Resource": "*",
                        }
                    )
                },
            },
            "KeyAlias": {
                "Type": "AWS::KMS::Alias",
                "Properties": {
                    "AliasName": "alias/models",
                    "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
                },
            },
            "Models": {"Type": "AWS::S3::Bucket", "Properties": {}},
            "ModelsPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Models"},
                    "PolicyDocument": document(
                        {
                            "Sid": "OnlyTls",
                            "Effect": "Deny",
                            "Action": "s3:*",
                            "Principal": {"AWS": "*"},
                            "Resource": [bucket, objects],
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                        {
                            "Sid": "Registrar",
                            "Effect": "Allow",
                            "Action": "s3:GetObject",
                            "Principal": {"AWS": f"arn:aws:iam::{TOOLING}:role/registrar"},
                            "Resource": objects,
                        },
                    ),
                },
            },
            "Boundary": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "ManagedPolicyName": "boundary",
                    "PolicyDocument": document(
                        {
                            "Effect": "Allow",
                            "Action": ["s3:*", "kms:*", "sqs:*"],
                            "Resource": "*",
                        }
                    ),
                },
            },
            "Trainer": role(
                {"Service": "sagemaker.amazonaws.com"},
                ManagedPolicyArns=[{"Ref": "Training"}],
                PermissionsBoundary={"Ref": "Boundary"},
            ),
            "Training": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "PolicyDocument": document(
                        {
                            "Effect": "Allow",
                            "Action": ["s3:GetObject", "s3:PutObject"],
                            "Resource": {"Fn::Join": ["", [bucket, "/", {"Ref": "Prefix"}, "/*"]]},
                        },
                        {
                            "Effect": "Allow",
                            "Action": ["kms:Decrypt", "sagemaker:CreateTrainingJob"],
                            "Resource": "*",
                            "Condition": {
                                "StringEqualsIfExists": {
                                    "aws:ResourceAccount": "${aws:PrincipalAccount}"
                                }
                            },
                        },
                    )
                },
            },
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "callbacks"}},
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Queue"}],
                    "PolicyDocument": document(
                        {
                            "Effect": "Allow",
                            "Action": "sqs:SendMessage",
                            "Principal": trainer,
                            "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                        }
                    ),
                },
            },
        },
    }


@pytest.fixture
def templates(delivery: dict[str, Any], workload: dict[str, Any]) -> list[Template]:
    """Stacks of two accounts."""
    return [
        Template("delivery", TOOLING, "eu-west-1", delivery),
        Template("dev", DEV, "eu-west-1", workload),
    ]


@pytest.fixture
def estate(templates: list[Template]) -> Estate:
    """What the templates say."""
    return load_estate(templates)

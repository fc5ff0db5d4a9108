"""A key of KMS for one purpose, with the roles that may use it named in its own policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.cdk.naming import Names
from infra.cdk.statements import Statement, allow, document

USE = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
READ = ("kms:Decrypt", "kms:DescribeKey")
SIGN = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify")
VERIFY = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Verify")
_ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKeyRotation",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What CloudFormation needs to keep a key; none of it reads or writes data."""

_EVENTS = "events.amazonaws.com"


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What a key is for.

    Attributes:
        alias: Such as `alias/penstock-prod-data`.
        description: For people.
        users: ARNs of roles by what they may do: `USE`, `READ`, `SIGN` or `VERIFY`.
        services: Service principals that write and read with it for this account.
        logs: Whether groups of our functions' logs are encrypted with it.
        tables: Whether tables are: DynamoDB takes its rights from whoever makes or uses one.
        signs: Whether it signs; else it encrypts.
    """

    alias: str
    description: str
    users: Sequence[tuple[Sequence[str], Sequence[str]]] = ()
    services: Sequence[str] = ()
    logs: bool = False
    tables: bool = False
    signs: bool = False


def make_key(scope: Construct, title: str, names: Names, settings: KeySettings) -> kms.CfnKey:
    """Make a key and its alias."""
    statements: list[Statement] = [
        # A key's policy is its root of trust: `*` is this one key.
        allow("Administer", _ADMINISTER, ["*"], AWS=[names.cloudformation_role()])
    ]
    for index, (actions, roles) in enumerate(settings.users):
        if roles:
            statements.append(allow(f"Use{index}", actions, ["*"], AWS=roles))
    statements += _services(names, settings.services)
    if settings.logs:
        statements.append(_logs(names))
    if settings.tables:
        users = [role for actions, roles in settings.users if actions == USE for role in roles]
        statements.append(_tables(names, [names.cloudformation_role(), *users]))
    key = kms.CfnKey(
        scope,
        f"{title}Key",
        description=settings.description,
        enable_key_rotation=None if settings.signs else True,
        key_spec="ECC_NIST_P256" if settings.signs else None,
        key_usage="SIGN_VERIFY" if settings.signs else None,
        key_policy=document(*statements),
        pending_window_in_days=30,
    )
    key.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    alias = kms.CfnAlias(
        scope, f"{title}KeyAlias", alias_name=settings.alias, target_key_id=key.ref
    )
    alias.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    return key


def _services(names: Names, services: Sequence[str]) -> Iterator[Statement]:
    """Yield what services write and read with a key for this account."""
    use = ["kms:Decrypt", "kms:GenerateDataKey"]
    account = {"StringEquals": {"aws:SourceAccount": names.account}}
    others = [each for each in services if each != _EVENTS]
    if others:
        yield allow("Services", use, ["*"], account, Service=others)
    if _EVENTS in services:
        # EventBridge tells KMS neither account nor rule (SNS Developer Guide, "Managing Amazon SNS
        # encryption keys"); the policies of queues look at them.
        yield allow("Events", use, ["*"], Service=[_EVENTS])


def _logs(names: Names) -> Statement:
    """Let CloudWatch Logs encrypt the logs of our functions, as its user guide has it."""
    group = names.arn("logs", "log-group:/aws/lambda/penstock-*")
    return allow(
        "Logs",
        [
            "kms:Decrypt*",
            "kms:Describe*",
            "kms:Encrypt*",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ],
        ["*"],
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
        Service=[f"logs.{names.region}.amazonaws.com"],
    )


def _tables(names: Names, roles: Sequence[str]) -> Statement:
    """Let DynamoDB use the key on behalf of roles, as its developer guide has it."""
    return allow(
        "Tables",
        [
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
            "kms:RevokeGrant",
        ],
        ["*"],
        {
            "StringEquals": {
                "kms:ViaService": f"dynamodb.{names.region}.amazonaws.com",
            }
        },
        AWS=roles,
    )

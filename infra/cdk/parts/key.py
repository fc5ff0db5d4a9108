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

_USED_BY_LOGS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""Source: CloudWatch Logs User Guide, "Encrypt log data using AWS KMS"."""

_USED_FOR_TABLES = (*_USED_BY_LOGS, "kms:CreateGrant")
"""Source: DynamoDB Developer Guide, "Authorizing use of your AWS KMS key"."""

_EVENTS, _TABLES = "events.amazonaws.com", "dynamodb.amazonaws.com"


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What a key is for.

    Attributes:
        alias: Such as `alias/penstock-prod-data`.
        description: For people.
        users: ARNs of roles by what they may do: `USE`, `READ`, `SIGN` or `VERIFY`.
        services: Service principals that write and read with it for this account.
        signs: Whether it signs; else it encrypts.
    """

    alias: str
    description: str
    users: Sequence[tuple[Sequence[str], Sequence[str]]] = ()
    services: Sequence[str] = ()
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
    statements += _for_services(names, settings.services)
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


def _for_services(names: Names, services: Sequence[str]) -> Iterator[Statement]:
    """Yield what services do with a key, each as its own guide asks for it."""
    logs = f"logs.{names.region}.amazonaws.com"
    plain = [each for each in services if each not in (_EVENTS, _TABLES, logs)]
    use = ["kms:Decrypt", "kms:GenerateDataKey"]
    if plain:
        account = {"StringEquals": {"aws:SourceAccount": names.account}}
        yield allow("Services", use, ["*"], account, Service=plain)
    if _EVENTS in services:
        # EventBridge tells KMS neither account nor rule (SNS Developer Guide, "Managing Amazon SNS
        # encryption keys"); the policies of queues look at them.
        yield allow("Events", use, ["*"], Service=[_EVENTS])
    if logs in services:
        groups = {"kms:EncryptionContext:aws:logs:arn": names.arn("logs", "log-group:*")}
        yield allow("Logs", _USED_BY_LOGS, ["*"], {"ArnLike": groups}, Service=[logs])
    if _TABLES in services:
        # DynamoDB is granted the key in the name of who makes the table.
        through = {"StringEquals": {"kms:ViaService": f"dynamodb.{names.region}.amazonaws.com"}}
        makers = [names.cloudformation_role()]
        yield allow("Tables", _USED_FOR_TABLES, ["*"], through, AWS=makers)

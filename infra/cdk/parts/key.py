"""A key of KMS for one purpose, with the roles that may use it named in its own policy."""

from __future__ import annotations

from collections.abc import Sequence
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

_MAKE_TABLES = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:RevokeGrant",
)
"""What DynamoDB asks of who makes a table with a key of the customer. Sources: DynamoDB Developer
Guide, "Key policy for a customer managed key"; the handlers of AWS::DynamoDB::Table."""


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What a key is for.

    Attributes:
        alias: Such as `alias/penstock-prod-data`.
        description: For people.
        users: ARNs of roles by what they may do: `USE`, `READ`, `SIGN` or `VERIFY`.
        services: Service principals that write and read with it for this account.
        signs: Whether it signs; else it encrypts.
        tables: Whether tables are made with it: CloudFormation uses it then, by DynamoDB alone.
    """

    alias: str
    description: str
    users: Sequence[tuple[Sequence[str], Sequence[str]]] = ()
    services: Sequence[str] = ()
    signs: bool = False
    tables: bool = False


def make_key(scope: Construct, title: str, names: Names, settings: KeySettings) -> kms.CfnKey:
    """Make a key and its alias."""
    statements: list[Statement] = [
        # A key's policy is its root of trust: `*` is this one key.
        allow("Administer", _ADMINISTER, ["*"], AWS=[names.cloudformation_role()])
    ]
    for index, (actions, roles) in enumerate(settings.users):
        if roles:
            statements.append(allow(f"Use{index}", actions, ["*"], AWS=roles))
    if settings.services:
        statements.append(
            allow(
                "Services",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                ["*"],
                {"StringEquals": {"aws:SourceAccount": names.account}},
                Service=settings.services,
            )
        )
    if settings.tables:
        by_dynamodb = {"kms:ViaService": f"dynamodb.{names.region}.amazonaws.com"}
        statements.append(
            allow(
                "MakeTables",
                _MAKE_TABLES,
                ["*"],
                {"StringEquals": by_dynamodb},
                AWS=[names.cloudformation_role()],
            )
        )
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

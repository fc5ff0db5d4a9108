"""A bucket that nobody outside reaches, nobody reads in the clear and nobody deletes by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdk.acknowledging import acknowledge
from infra.cdk.naming import Names, bucket_arn
from infra.cdk.statements import Statement, allow, deny, document

_EVERYBODY = ["*"]


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """What a bucket is for.

    Attributes:
        name: Of it.
        key: ARN of the key that encrypts it.
        log_bucket: Where its accesses are written to; empty: nowhere.
        grants: Statements for others than the account's own roles.
        write_once: Prefixes whose objects nobody writes over; `*` for all.
        locked_days: How long Object Lock keeps a version from being removed; 0: no lock.
        expire_days: After how many days what was written over goes; 0: never.
    """

    name: str
    key: str
    log_bucket: str = ""
    grants: Sequence[Statement] = ()
    write_once: Sequence[str] = ()
    locked_days: int = 0
    expire_days: int = 0


def make_bucket(scope: Construct, title: str, settings: BucketSettings) -> s3.CfnBucket:
    """Make a bucket with its policy."""
    bucket = s3.CfnBucket(
        scope,
        f"{title}Bucket",
        bucket_name=settings.name,
        bucket_encryption=_encryption(settings.key),
        **_private(),
        logging_configuration=_logging(settings),
        object_lock_enabled=settings.locked_days > 0 or None,
        object_lock_configuration=_lock(settings.locked_days),
        lifecycle_configuration=_lifecycle(settings),
    )
    bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    s3.CfnBucketPolicy(
        scope,
        f"{title}BucketPolicy",
        bucket=bucket.ref,
        policy_document=document(_no_clear_text(bucket), *_denials(settings), *settings.grants),
    )
    return bucket


def make_log_bucket(scope: Construct, name: str, account: str) -> s3.CfnBucket:
    """Make the bucket that takes the others' access logs; S3 writes there without a key of KMS."""
    writes = allow(
        "AccessLogs",
        ["s3:PutObject"],
        [f"{bucket_arn(name)}/*"],
        {"StringEquals": {"aws:SourceAccount": account}},
        Service=["logging.s3.amazonaws.com"],
    )
    reason = "It holds the access logs of the other buckets."
    return _record_bucket(scope, "AccessLogs", name, reason, writes).bucket


def make_flow_log_bucket(scope: Construct, names: Names) -> RecordBucket:
    """Make the bucket that takes the records of a network's traffic, as EC2's user guide has it."""
    name = names.of(f"flow-logs-{names.account}")
    origin = {
        "StringEquals": {"aws:SourceAccount": names.account},
        "ArnLike": {"aws:SourceArn": names.arn("logs", "*")},
    }
    service = ["delivery.logs.amazonaws.com"]
    place = [f"{bucket_arn(name)}/AWSLogs/{names.account}/*"]
    return _record_bucket(
        scope,
        "FlowLogs",
        name,
        "It holds the records of a network's traffic, which nobody but the service writes.",
        allow("FlowLogs", ["s3:PutObject"], place, origin, Service=service),
        allow("LookWhose", ["s3:GetBucketAcl"], [bucket_arn(name)], origin, Service=service),
    )


@dataclass(frozen=True, slots=True)
class RecordBucket:
    """A bucket that a service writes records to.

    Attributes:
        bucket: It.
        policy: Its policy: without it the service is refused.
    """

    bucket: s3.CfnBucket
    policy: s3.CfnBucketPolicy


def _record_bucket(
    scope: Construct, title: str, name: str, reason: str, *grants: Statement
) -> RecordBucket:
    bucket = s3.CfnBucket(
        scope,
        f"{title}Bucket",
        bucket_name=name,
        bucket_encryption=_encryption(""),
        **_private(),
        lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(
            rules=[s3.CfnBucket.RuleProperty(id="a-year", status="Enabled", expiration_in_days=365)]
        ),
    )
    bucket.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    acknowledge(bucket, ("S1", reason))
    policy = s3.CfnBucketPolicy(
        scope,
        f"{title}BucketPolicy",
        bucket=bucket.ref,
        policy_document=document(_no_clear_text(bucket), *grants),
    )
    return RecordBucket(bucket, policy)


def _denials(settings: BucketSettings) -> list[Statement]:
    denials = []
    if settings.write_once:
        places = [f"{bucket_arn(settings.name)}/{prefix}" for prefix in settings.write_once]
        denials.append(
            deny(
                "NothingIsWrittenOver",
                ["s3:PutObject"],
                places,
                {
                    "Null": {"s3:if-none-match": "true"},
                    "Bool": {"s3:ObjectCreationOperation": "true"},
                },
                AWS=_EVERYBODY,
            )
        )
    if settings.write_once or settings.locked_days:
        places = [
            f"{bucket_arn(settings.name)}/{prefix}" for prefix in settings.write_once or ["*"]
        ]
        denials.append(
            deny(
                "NothingIsRemoved",
                ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
                places,
                AWS=_EVERYBODY,
            )
        )
    return denials


def _no_clear_text(bucket: s3.CfnBucket) -> Statement:
    return deny(
        "NothingInClearText",
        ["s3:*"],
        [bucket.attr_arn, f"{bucket.attr_arn}/*"],
        {"Bool": {"aws:SecureTransport": "false"}},
        AWS=_EVERYBODY,
    )


def _encryption(key: str) -> s3.CfnBucket.BucketEncryptionProperty:
    default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
        sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=key or None
    )
    return s3.CfnBucket.BucketEncryptionProperty(
        server_side_encryption_configuration=[
            s3.CfnBucket.ServerSideEncryptionRuleProperty(
                server_side_encryption_by_default=default,
                bucket_key_enabled=True if key else None,
            )
        ]
    )


def _logging(settings: BucketSettings) -> s3.CfnBucket.LoggingConfigurationProperty | None:
    if not settings.log_bucket:
        return None
    return s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=settings.log_bucket, log_file_prefix=f"{settings.name}/"
    )


def _private() -> dict[str, Any]:
    """Return what every bucket is: nobody's from outside, its owner's alone, with versions."""
    owner = s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")
    return {
        "public_access_block_configuration": (
            s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
            )
        ),
        "ownership_controls": s3.CfnBucket.OwnershipControlsProperty(rules=[owner]),
        "versioning_configuration": s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
    }


def _lock(days: int) -> s3.CfnBucket.ObjectLockConfigurationProperty | None:
    if not days:
        return None
    return s3.CfnBucket.ObjectLockConfigurationProperty(
        object_lock_enabled="Enabled",
        rule=s3.CfnBucket.ObjectLockRuleProperty(
            default_retention=s3.CfnBucket.DefaultRetentionProperty(mode="COMPLIANCE", days=days)
        ),
    )


def _lifecycle(settings: BucketSettings) -> s3.CfnBucket.LifecycleConfigurationProperty:
    rules = [
        s3.CfnBucket.RuleProperty(
            id="broken-off-uploads",
            status="Enabled",
            abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
                days_after_initiation=7
            ),
        )
    ]
    if settings.expire_days:
        rules.append(
            s3.CfnBucket.RuleProperty(
                id="what-was-written-over",
                status="Enabled",
                noncurrent_version_expiration=s3.CfnBucket.NoncurrentVersionExpirationProperty(
                    noncurrent_days=settings.expire_days
                ),
            )
        )
    return s3.CfnBucket.LifecycleConfigurationProperty(rules=rules)

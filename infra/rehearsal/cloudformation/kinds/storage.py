"""S3's buckets with what a template says of them; moto's own keep only their encryption."""

from __future__ import annotations

import contextlib
from typing import Any, Self

from botocore.exceptions import ClientError

from infra.rehearsal.cloudformation.made import Made

_IGNORED = (
    "LifecycleConfiguration",
    "IntelligentTieringConfigurations",
    "MetricsConfigurations",
    "LoggingConfiguration",
)
"""Nothing in a rehearsal grows old, and nobody reads access logs."""


class Bucket(Made):
    """A bucket."""

    TYPE, NAME, SERVICE = "AWS::S3::Bucket", "BucketName", "s3"
    ATTRIBUTES = ("Arn", "DomainName", "RegionalDomainName", "DualStackDomainName")

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        region = client.meta.region_name
        there = {} if region == "us-east-1" else {"LocationConstraint": region}
        locked = str(properties.get("ObjectLockEnabled", "false")).lower() == "true"
        client.create_bucket(
            Bucket=name,
            ObjectLockEnabledForBucket=locked,
            **({"CreateBucketConfiguration": there} if there else {}),
        )
        _set(client, name, properties)
        return cls(
            name,
            {
                "Arn": f"arn:aws:s3:::{name}",
                "DomainName": f"{name}.s3.amazonaws.com",
                "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
                "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
            },
        )

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Set what changed."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        _set(client, name, properties)
        return old

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it, unless something is in it."""
        del properties
        with contextlib.suppress(client.exceptions.NoSuchBucket):
            client.delete_bucket(Bucket=reference)


def _set(client: Any, name: str, properties: dict[str, Any]) -> None:
    given = {key: value for key, value in properties.items() if key not in _IGNORED}
    given.pop("BucketName", None)
    given.pop("ObjectLockEnabled", None)
    if tags := given.pop("Tags", None):
        client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    if versioning := given.pop("VersioningConfiguration", None):
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if access := given.pop("PublicAccessBlockConfiguration", None):
        client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=access)
    if encryption := given.pop("BucketEncryption", None):
        rules = [_encryption_rule(each) for each in encryption["ServerSideEncryptionConfiguration"]]
        client.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
        )
    if lock := given.pop("ObjectLockConfiguration", None):
        client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=_lock(lock))
    if ownership := given.pop("OwnershipControls", None):
        client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=ownership)
    if notification := given.pop("NotificationConfiguration", None):
        raise_unknown = set(notification) - {"EventBridgeConfiguration"}
        if raise_unknown:
            _refuse(sorted(raise_unknown))
    if given:
        _refuse(sorted(given))


def _encryption_rule(rule: dict[str, Any]) -> dict[str, Any]:
    told = {}
    if default := rule.get("ServerSideEncryptionByDefault"):
        told["ApplyServerSideEncryptionByDefault"] = default
    if "BucketKeyEnabled" in rule:
        told["BucketKeyEnabled"] = str(rule["BucketKeyEnabled"]).lower() == "true"
    return told


def _lock(lock: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"ObjectLockEnabled": lock.get("ObjectLockEnabled", "Enabled")}
    if rule := lock.get("Rule"):
        retention = dict(rule["DefaultRetention"])
        for unit in {"Days", "Years"} & retention.keys():
            retention[unit] = int(retention[unit])
        told["Rule"] = {"DefaultRetention": retention}
    return told


def _refuse(names: list[str]) -> None:
    message = f"the rehearsal sets no {', '.join(names)} of a bucket."
    raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "CreateBucket")

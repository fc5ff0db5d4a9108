"""Which key encrypts what, as templates say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.policies.errors import PolicyError
from infra.policies.templates.resolver import NO_VALUE
from infra.policies.templates.stacks import Stacks
from infra.policies.templates.template import Template

_OF_SERVICES = "alias/aws/"


def _bucket(properties: Mapping[str, Any]) -> Any:
    for rule in properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", ()):
        default = rule.get("ServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm") in ("aws:kms", "aws:kms:dsse"):
            return default.get("KMSMasterKeyID", "")
    return ""


_KEY_OF: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "AWS::DynamoDB::Table": lambda given: given.get("SSESpecification", {}).get(
        "KMSMasterKeyId", ""
    ),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": lambda given: given.get("KmsMasterKeyId", ""),
    "AWS::SQS::Queue": lambda given: given.get("KmsMasterKeyId", ""),
}


def read_keys(templates: Iterable[Template]) -> Mapping[str, str]:
    """Return the ARN of the key of each bucket, queue, topic and table that has one, by its ARN.

    Keys that AWS manages are left out: who may use the resource may use them.

    Raises:
        PolicyError: A key cannot be told from the template; every such resource is named.
    """
    stacks = Stacks(tuple(templates))
    keys = {}
    for template, logical_id, resource in stacks.resources(*_KEY_OF):
        resolver = stacks.resolver(template)
        properties = resolver.resolve(resource.get("Properties", {}))
        key = "" if properties is NO_VALUE else str(_KEY_OF[resource["Type"]](properties))
        if not key or key.startswith(_OF_SERVICES):
            continue
        if not key.startswith("arn:"):
            place = f"arn:{template.partition}:kms:{template.region}:{template.account}"
            key = f"{place}:{key if key.startswith('alias/') else f'key/{key}'}"
        keys[resolver.arn(logical_id)] = key
    if stacks.problems:
        raise PolicyError(list(dict.fromkeys(stacks.problems)))
    return keys

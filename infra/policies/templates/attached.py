"""Policies on resources, as the templates attach them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.estate import ResourcePolicy
from infra.policies.evaluation import ResourceKind
from infra.policies.place import Place
from infra.policies.policy import VERSION_WITH_VARIABLES, Policy
from infra.policies.statement import parse_statement
from infra.policies.templates.resolver import Resolver
from infra.policies.templates.stacks import Stacks
from infra.policies.templates.template import Template

_QUEUE_URL = re.compile(r"^https://sqs\.([a-z0-9-]+)\.[^/]+/(\d{12})/([^/]+)$")
_ACCOUNT_OR_ARN = re.compile(r"^(\d{12}|arn:.*|\*)$")


@dataclass(frozen=True, slots=True)
class _Resource:
    template: Template
    logical_id: str
    properties: Mapping[str, Any]
    resolver: Resolver

    def get(self, name: str) -> Any:
        return self.resolver.resolve(self.properties[name])

    @property
    def arn(self) -> str:
        return self.resolver.arn(self.logical_id)

    def arn_of(self, service: str, resource: str) -> str:
        template = self.template
        place = f"{template.region}:{template.account}"
        return f"arn:{template.partition}:{service}:{place}:{resource}"


@dataclass(frozen=True, slots=True)
class _Attachment:
    """How a type attaches a policy.

    Attributes:
        path: Of the document below the resource's properties.
        covers: Gives the ARNs that the policy has a say in.
        kind: What it counts for.
    """

    path: tuple[str, ...]
    covers: Callable[[_Resource], list[str]]
    kind: ResourceKind = ResourceKind.ORDINARY


def _bucket(resource: _Resource) -> list[str]:
    bucket = f"arn:{resource.template.partition}:s3:::{resource.get('Bucket')}"
    return [bucket, f"{bucket}/*"]


def _queue(url: str, partition: str) -> str:
    match = _QUEUE_URL.match(url)
    if match is None:
        raise PolicyError(Problem(f"{url!r} is no address of a queue.", "", "Write its Ref."))
    return f"arn:{partition}:sqs:{match[1]}:{match[2]}:{match[3]}"


def _queues(resource: _Resource) -> list[str]:
    properties = resource.properties
    urls = resource.get("Queues") if "Queues" in properties else [resource.get("Queue")]
    return [_queue(url, resource.template.partition) for url in urls]


def _topics(resource: _Resource) -> list[str]:
    listed = "Topics" in resource.properties
    return list(resource.get("Topics")) if listed else [resource.get("TopicArn")]


def _group(resource: _Resource) -> list[str]:
    name = resource.resolver.name(resource.logical_id)
    return [resource.arn, resource.arn_of("sagemaker", f"model-package/{name}/*")]


def _table(resource: _Resource) -> list[str]:
    return [resource.arn, f"{resource.arn}/*"]


def _bus(resource: _Resource) -> list[str]:
    name = resource.get("EventBusName") if "EventBusName" in resource.properties else "default"
    bus = name.rpartition("/")[2]
    rules = "rule/*" if bus == "default" else f"rule/{bus}/*"
    return [
        name if name.startswith("arn:") else resource.arn_of("events", f"event-bus/{bus}"),
        resource.arn_of("events", rules),
    ]


_DOCUMENT = ("PolicyDocument",)
_ATTACHMENTS: Mapping[str, _Attachment] = {
    "AWS::IAM::Role": _Attachment(
        ("AssumeRolePolicyDocument",), lambda role: [role.arn], ResourceKind.TRUST
    ),
    "AWS::KMS::Key": _Attachment(("KeyPolicy",), lambda key: [key.arn], ResourceKind.KEY),
    "AWS::S3::BucketPolicy": _Attachment(_DOCUMENT, _bucket),
    "AWS::SQS::QueuePolicy": _Attachment(_DOCUMENT, _queues),
    "AWS::SQS::QueueInlinePolicy": _Attachment(_DOCUMENT, _queues),
    "AWS::SNS::TopicPolicy": _Attachment(_DOCUMENT, _topics),
    "AWS::SNS::TopicInlinePolicy": _Attachment(_DOCUMENT, _topics),
    "AWS::SageMaker::ModelPackageGroup": _Attachment(("ModelPackageGroupPolicy",), _group),
    "AWS::ECR::Repository": _Attachment(
        ("RepositoryPolicyText",), lambda repository: [repository.arn]
    ),
    "AWS::SecretsManager::ResourcePolicy": _Attachment(
        ("ResourcePolicy",), lambda policy: [policy.get("SecretId")]
    ),
    "AWS::DynamoDB::Table": _Attachment(("ResourcePolicy", "PolicyDocument"), _table),
    "AWS::Events::EventBus": _Attachment(("Policy",), lambda bus: [bus.arn]),
    "AWS::Logs::ResourcePolicy": _Attachment(
        _DOCUMENT, lambda policy: [policy.arn_of("logs", "log-group:*")]
    ),
}
_DEFAULT_KEY_POLICY = {
    "Version": VERSION_WITH_VARIABLES,
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
"""Of a key whose template has none (KMS Developer Guide, "Default key policy")."""


def read_resource_policies(stacks: Stacks) -> list[ResourcePolicy]:
    """Return the policies on resources; what cannot be read is noted in `stacks`."""
    found = []
    types = (*_ATTACHMENTS, "AWS::Events::EventBusPolicy", "AWS::Lambda::Permission")
    for template, logical_id, resource in stacks.resources(*types):
        properties = resource.get("Properties", {})
        read = _Resource(template, logical_id, properties, stacks.resolver(template))
        with stacks.noting(Place(template.stack, logical_id)):
            if resource["Type"] == "AWS::Events::EventBusPolicy":
                found.append(_bus_policy(stacks, read))
            elif resource["Type"] == "AWS::Lambda::Permission":
                found.append(_permission(read))
            else:
                found += _attached(stacks, read, _ATTACHMENTS[resource["Type"]])
    return found


def _attached(stacks: Stacks, resource: _Resource, attachment: _Attachment) -> list[ResourcePolicy]:
    place = Place(resource.template.stack, resource.logical_id).at("Properties")
    document: Any = resource.properties
    for part in attachment.path:
        place, document = place.at(part), document.get(part, {})
    if not document and attachment.kind is ResourceKind.KEY:
        document = _DEFAULT_KEY_POLICY
    if not document:
        return []
    policy = stacks.policy(resource.template, document, place, attached=True)
    return [ResourcePolicy(tuple(attachment.covers(resource)), policy, attachment.kind)]


def _bus_policy(stacks: Stacks, resource: _Resource) -> ResourcePolicy:
    place = Place(resource.template.stack, resource.logical_id).at("Properties")
    if "Statement" not in resource.properties:
        what = "it has no property Statement."
        raise PolicyError(Problem(what, str(place), "Write Statement: the others are outdated."))
    document = {
        "Version": VERSION_WITH_VARIABLES,
        "Statement": resource.properties["Statement"],
    }
    policy = stacks.policy(resource.template, document, place, attached=True)
    return ResourcePolicy(tuple(_bus(resource)), policy)


def _permission(resource: _Resource) -> ResourcePolicy:
    function = resource.get("FunctionName")
    if not function.startswith("arn:"):
        function = resource.arn_of("lambda", f"function:{function}")
    who = resource.get("Principal")
    kind = "AWS" if _ACCOUNT_OR_ARN.match(who) else "Service"
    condition: dict[str, dict[str, str]] = {}
    for name, operator, key in (
        ("SourceArn", "ArnLike", "aws:SourceArn"),
        ("SourceAccount", "StringEquals", "aws:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ):
        if name in resource.properties:
            condition.setdefault(operator, {})[key] = resource.get(name)
    statement = parse_statement(
        {
            "Effect": "Allow",
            "Principal": {kind: who},
            "Action": resource.get("Action"),
            "Resource": function,
            "Condition": condition,
        },
        Place(resource.template.stack, resource.logical_id).at("Properties"),
    )
    return ResourcePolicy((function, f"{function}:*"), Policy((statement,)))

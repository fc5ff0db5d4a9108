"""Why a finding of the checks is none here: each reason holds for one form of statement alone.

What fits no form is not acknowledged, so a new wildcard fails the synthesis until somebody gives a
reason for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from infra.cdk.access.network import INTERFACES
from infra.cdk.statements import Statement

_RULE = "AwsSolutions::AwsSolutions-"
_ALIAS = "kms:ResourceAliases"

_NO_RESOURCE = {
    "cloudwatch:PutMetricData": "The service knows no resource; the namespace is a condition.",
    "codepipeline:ListPipelines": "The service knows no resource for the list of pipelines.",
    "sagemaker:ListModelPackageGroups": "The service knows no resource for the list of groups.",
    "codepipeline:PutJobFailureResult": "A job's id, not known before, is no resource of policies.",
    "codepipeline:PutJobSuccessResult": "A job's id, not known before, is no resource of policies.",
    "ecr:GetAuthorizationToken": "The service knows no resource for a login.",
    **dict.fromkeys(
        INTERFACES,
        "SageMaker refuses jobs in a VPC if their role's rights on interfaces are narrowed.",
    ),
}
"""Actions that no resource can be named for (Service Authorization Reference)."""

_FORMS: Sequence[tuple[str, str]] = (
    (
        r"arn:aws:s3:::[^*]+/[^*]*\*",
        "Keys of objects are not known before; the bucket and what stands before them are named.",
    ),
    (r"arn:aws:s3:::[^*]+/[^*]*\*\.(tar|zip)", "A release's name is its digest, not known before."),
    (
        r"arn:aws:s3:::[^*]+/[^*]*\*/passed/pre-prod/\*",
        "A release's name is its digest, not known before; only its successes are written.",
    ),
    (
        r"arn:aws:sagemaker:[^*]+:(processing-job|training-job|transform-job|model)/pipelines-\*",
        "SageMaker Pipelines names jobs and models pipelines-EXECUTION-…; others are not reached.",
    ),
    (
        r"arn:aws:sagemaker:[^*]+:model-package/[^/*]+/\*",
        "Versions are numbered by the service; the group is named.",
    ),
    (
        r"arn:aws:sagemaker:[^*]+:pipeline/[^/*]+/execution/\*",
        "Executions are named by the service; the pipeline is named.",
    ),
    (
        r"arn:aws:cloudformation:[^*]+:stack/[^/*]+/\*",
        "CloudFormation puts an id of its own behind the stack's name, which is named.",
    ),
    (
        r"arn:aws:codepipeline:[^*]+:[A-Za-z0-9-]+/\*",
        "The stages of a named pipeline: any of them may have failed.",
    ),
    (
        r"arn:aws:logs:[^*]+:log-group:/aws/lambda/[^*]+:log-stream:\*",
        "Lambda names the streams of its log; the group is named.",
    ),
    (
        r"arn:aws:logs:[^*]+:log-group:/aws/sagemaker/[A-Za-z]+Jobs\*",
        "SageMaker's jobs write below this group, which the service names.",
    ),
)


def acknowledge(construct: IConstruct, *findings: tuple[str, str]) -> None:
    """Acknowledge findings at a construct, each with its reason."""
    made = [cdk.Acknowledgment(id=_RULE + name, reason=reason) for name, reason in findings]
    if made:
        cdk.Validations.of(construct).acknowledge(*made)


def acknowledge_wildcards(construct: IConstruct, statements: Iterable[Statement]) -> None:
    """Acknowledge the wildcards of a role's statements that there is a reason for."""
    acknowledge(construct, *sorted(set(_reasons(statements))))


def acknowledge_boundary(construct: IConstruct, document: Mapping[str, Any]) -> None:
    """Acknowledge a permissions boundary: it allows nothing by itself."""
    reason = "A permissions boundary allows nothing: it only bounds what the roles' policies allow."
    names = {"IAM5[Resource::*]"}
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            names |= {f"IAM5[Action::{each}]" for each in _list(statement["Action"]) if "*" in each}
            names |= {
                f"IAM5[Resource::{each}]" for each in _list(statement["Resource"]) if "*" in each
            }
    acknowledge(construct, *((name, reason) for name in sorted(names)))


def _reasons(statements: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        if statement["Effect"] == "Deny":
            continue
        for resource in _list(statement["Resource"]):
            reason = _reason(resource, statement)
            if "*" in resource and reason:
                yield f"IAM5[Resource::{resource}]", reason


def _reason(resource: str, statement: Statement) -> str:
    if resource == "*":
        reasons = [_NO_RESOURCE.get(each, "") for each in _list(statement["Action"])]
        return reasons[0] if all(reasons) else ""
    if re.fullmatch(r"arn:aws:kms:[^*]+:key/\*", resource):
        named = statement.get("Condition", {}).get("ForAnyValue:StringEquals", {})
        return "Ids of keys are not known before; the key's alias is a condition." * (
            _ALIAS in named
        )
    return next((reason for form, reason in _FORMS if re.fullmatch(form, resource)), "")


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)

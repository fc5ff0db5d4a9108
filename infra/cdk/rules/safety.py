"""Nobody reaches more than they need, and no template gives anything away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.cdk.rules.finding import Finding, Template, as_list

_SECRETS = (
    r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    r"[a-z+]+://[^\s/:@\"']+:[^\s/@\"']+@",
    # `aws:` says where a secret is (`penstock.data.secrets`).
    r"(?i)(?:password|passwd|secret_access_key|api_key)\\?[\"']?\s*[:=]\s*\\?[\"']?"
    r"(?!aws:)[^\s\"'\\{]{6,}",
)
_KEPT = (
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::ECR::Repository",
    "AWS::SQS::Queue",
)
_MOST_BYTES, _MOST_RESOURCES = 1_000_000, 500
_MOST_SIGNS = 10_240
"""Of all policies in a role, without white space. Source: IAM User Guide, "IAM and AWS STS
quotas"."""


def no_secrets(template: Template) -> Iterator[Finding]:
    """Yield resources in which something looks like a secret."""
    for title, resource in template.resources.items():
        text = json.dumps(resource)
        for form in _SECRETS:
            if re.search(form, text):
                yield Finding(
                    "NoSecrets",
                    title,
                    "something in it looks like a secret.",
                    "Keep it in Secrets Manager and name it.",
                )
                break


def principals_are_named(template: Template) -> Iterator[Finding]:
    """Yield policies that let anybody or a whole account in, or that allow all."""
    for title, resource in template.resources.items():
        for statement in _statements(resource.get("Properties", {})):
            if statement.get("Effect") != "Allow":
                continue
            # An endpoint's policy only narrows; whom it is for is a condition, which has a rule.
            narrows = resource["Type"] == "AWS::EC2::VPCEndpoint"
            for principal in () if narrows else _principals(statement):
                if principal == "*" or principal.endswith(":root"):
                    what = f"it lets {principal} in."
                    yield Finding("PrincipalsAreNamed", title, what, "Name the roles.")
        for arn in as_list(resource.get("Properties", {}).get("ManagedPolicyArns", [])):
            if isinstance(arn, str) and (arn.endswith(("FullAccess", "AdministratorAccess"))):
                what = f"it has the managed policy {arn}."
                yield Finding("PrincipalsAreNamed", title, what, "Write what it needs.")


def roles_are_bounded(template: Template) -> Iterator[Finding]:
    """Yield roles without a permissions boundary."""
    for title, properties in template.of_type("AWS::IAM::Role"):
        if not properties.get("PermissionsBoundary"):
            what = "it has no permissions boundary."
            yield Finding("RolesAreBounded", title, what, "Make it by access.role.Roles.")


def policies_fit(template: Template) -> Iterator[Finding]:
    """Yield roles whose policies IAM would refuse for their size."""
    for title, properties in template.of_type("AWS::IAM::Role"):
        policies = [each["PolicyDocument"] for each in properties.get("Policies", [])]
        signs = sum(len("".join(json.dumps(each).split())) for each in policies)
        if signs > _MOST_SIGNS:
            what = f"its policies have {signs:,} characters; IAM takes {_MOST_SIGNS:,}."
            yield Finding("PoliciesFit", title, what, "Deliver fewer use cases in one project.")


def data_are_kept(template: Template) -> Iterator[Finding]:
    """Yield resources that hold something and go with their stack."""
    for title, resource in template.resources.items():
        is_kept = (
            resource.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
            and resource.get("UpdateReplacePolicy") == "Retain"
        )
        if resource["Type"] in _KEPT and not is_kept:
            what = "deleting or replacing it would lose what it holds."
            yield Finding("DataAreKept", title, what, "Apply RemovalPolicy.RETAIN.")


def template_fits(template: Template) -> Iterator[Finding]:
    """Yield what CloudFormation would refuse for its size."""
    if template.size > _MOST_BYTES:
        what = f"the template has {template.size:,} bytes; CloudFormation takes {_MOST_BYTES:,}."
        yield Finding("TemplateFits", "", what, "Deliver fewer use cases in one project.")
    if len(template.resources) > _MOST_RESOURCES:
        what = f"{len(template.resources)} resources; CloudFormation takes {_MOST_RESOURCES}."
        yield Finding("TemplateFits", "", what, "Deliver fewer use cases in one project.")


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the statements anywhere in a resource's properties."""
    if isinstance(value, Mapping):
        if "Effect" in value and ("Action" in value or "NotAction" in value):
            yield value
        for each in value.values():
            yield from _statements(each)
    elif isinstance(value, list):
        for each in value:
            yield from _statements(each)


def _principals(statement: Mapping[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal", {})
    if isinstance(principal, str):
        yield principal
        return
    for each in as_list(principal.get("AWS", [])):
        for name in as_list(each):
            yield json.dumps(name).strip('"') if isinstance(name, Mapping) else str(name)

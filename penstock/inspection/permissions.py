"""What these credentials may do, as IAM's own simulation of their policies tells it.

The simulation knows the policies of the identity, its boundary and the organisation's, and no
policy of a bucket or a table; so what it denies there is a warning.
Source: IAM API reference, SimulatePrincipalPolicy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.environments import Environment
from penstock.errors import ServiceError
from penstock.inspection.finding import Finding, State
from penstock.inspection.role import SERVICE

_ASSUMED = re.compile(r"arn:(?P<partition>[a-z-]+):sts::\d{12}:assumed-role/(?P<name>[^/]+)/.+")
_LASTING = re.compile(r"arn:[a-z-]+:iam::\d{12}:(user|role)/.+")


_RECORD_ACTIONS = (
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "UpdateItem",
)


@dataclass(frozen=True, slots=True)
class Right:
    """Actions on one resource, and what it means to lack one."""

    resource: str
    actions: Sequence[str]
    lacking: State


def permissions(arn: str, environment: Environment) -> Iterator[Finding]:
    """Say what an identity may not do of what deploying to an environment takes.

    Args:
        arn: Of the identity, as STS tells it.
        environment: Where it deploys.
    """
    client = open_client("iam", environment.region, arn)
    try:
        source = _source(client, arn)
        if not source:
            said = f"IAM does not simulate what {arn} may do"
            yield Finding("permissions", "warning", said, "Sign in as a role or a user.")
            return
        lacking = [
            (right, action)
            for right in needed_rights(environment, arn.split(":")[1])
            for action in _denied(client, source, right)
        ]
    except ServiceError:
        yield Finding(
            "permissions",
            "warning",
            f"what {arn} may do cannot be seen",
            "Give these credentials the rights to iam:SimulatePrincipalPolicy and iam:GetRole "
            "on themselves.",
        )
        return
    for right, action in lacking:
        remedy = f"Give these credentials the right to {action} on it."
        said = f"{source} may not {action} on {right.resource}"
        yield Finding("permissions", right.lacking, said, remedy)
    if not lacking:
        yield Finding("permissions", "ok", f"{source} may deploy, as far as IAM simulates it")


def needed_rights(environment: Environment, partition: str) -> Iterator[Right]:
    """Yield what deploying and starting a pipeline takes.

    Args:
        environment: Where it is deployed.
        partition: Of AWS, such as `aws`.
    """
    at = f"{environment.region}:{environment.account}"
    if environment.role:
        yield Right(environment.role, ("iam:PassRole",), "broken")
        yield Right(
            f"arn:{partition}:sagemaker:{at}:pipeline/*",
            (
                "sagemaker:CreatePipeline",
                "sagemaker:DescribePipeline",
                "sagemaker:UpdatePipeline",
                "sagemaker:StartPipelineExecution",
                "sagemaker:AddTags",
                "sagemaker:DeleteTags",
                "sagemaker:ListTags",
            ),
            "broken",
        )
    if environment.code:
        code = environment.code.removeprefix("s3://")
        yield Right(f"arn:{partition}:s3:::{code}/*", ("s3:GetObject", "s3:PutObject"), "warning")
    if environment.records:
        yield Right(
            f"arn:{partition}:dynamodb:{at}:table/{environment.records}",
            tuple(f"dynamodb:{action}" for action in _RECORD_ACTIONS),
            "warning",
        )


def _source(client: Any, arn: str) -> str:
    """Return the user or role whose policies count; empty where there is none."""
    assumed = _ASSUMED.fullmatch(arn)
    if assumed:
        # The name of a session leaves out the path of its role.
        with translated("iam", arn):
            return str(client.get_role(RoleName=assumed["name"])["Role"]["Arn"])
    return arn if _LASTING.fullmatch(arn) else ""


def _denied(client: Any, source: str, right: Right) -> list[str]:
    with translated("iam", source):
        answer = client.simulate_principal_policy(
            PolicySourceArn=source,
            ActionNames=list(right.actions),
            ResourceArns=[right.resource],
            ContextEntries=[
                {
                    "ContextKeyName": "iam:PassedToService",
                    "ContextKeyValues": [SERVICE],
                    "ContextKeyType": "string",
                }
            ],
        )
    results = answer["EvaluationResults"]
    return [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]

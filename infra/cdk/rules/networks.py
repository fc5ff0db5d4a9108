"""Jobs stay in the network of their environment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.cdk.rules.finding import Finding, Template, as_list
from penstock.environments.network import SECURITY_GROUPS, SUBNETS

_NETWORK = {
    "SecurityGroupIds": [{"Get": f"Parameters.{each}"} for each in SECURITY_GROUPS],
    "Subnets": [{"Get": f"Parameters.{each}"} for each in SUBNETS],
}
_NO_JOBS = ("Callback", "Condition", "Fail", "RegisterModel", "Transform")
"""Steps that start nothing; a transform runs where its model is."""


def jobs_are_in_the_network(template: Template) -> Iterator[Finding]:
    """Yield steps that would run outside of the network which the environment names."""
    if not template.in_network:
        return
    for title, properties in template.of_type("AWS::SageMaker::Pipeline"):
        for step in _steps(properties):
            arguments = step.get("Arguments", {})
            given = arguments.get("NetworkConfig", arguments).get("VpcConfig")
            if step.get("Type") not in _NO_JOBS and given != _NETWORK:
                yield Finding(
                    "JobsAreInTheNetwork",
                    title,
                    f"its step {step.get('Name')} runs outside of the environment's network.",
                    "Build the release with `jobs-in-network = true` in pyproject.toml.",
                )


def endpoints_know_their_role(template: Template) -> Iterator[Finding]:
    """Yield endpoints that others than the jobs' role pass through."""
    for title, properties in template.of_type("AWS::EC2::VPCEndpoint"):
        statements = as_list(properties.get("PolicyDocument", {}).get("Statement", []))
        roles = [
            each.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", "")
            for each in statements
            if each.get("Effect") == "Allow"
        ]
        if not roles or not all(isinstance(each, str) and ":role/" in each for each in roles):
            what = "its policy lets others than one role through."
            yield Finding("EndpointsKnowTheirRole", title, what, "Name aws:PrincipalArn.")


def _steps(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    body = properties.get("PipelineDefinition", {}).get("PipelineDefinitionBody")
    try:
        found = json.loads(body)["Steps"]
    except (TypeError, ValueError, KeyError):
        # Another rule tells it.
        return
    yield from _with_branches(found)


def _with_branches(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from _with_branches(step.get("Arguments", {}).get(branch, []))

"""One stage an environment: its stacks in the order in which they are deployed."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk

from infra.cdk.access.tooling import ToolingAccess
from infra.cdk.access.workload import WorkloadAccess
from infra.cdk.artifacts_stack import ArtifactsStack
from infra.cdk.delivery_stack import DeliveryStack
from infra.cdk.described import Described
from infra.cdk.inputs import Inputs
from infra.cdk.naming import QUALIFIER, Names, stack_of
from infra.cdk.network_stack import NetworkStack
from infra.cdk.pipelines_stack import PipelinesStack
from infra.cdk.registry_stack import RegistryStack
from infra.cdk.workload_stack import WorkloadStack


def add_stages(app: cdk.App, inputs: Inputs, code: str) -> None:
    """Add a stage for every environment; only networks while subnets are waited for.

    Args:
        app: The app.
        inputs: What the stacks are made of.
        code: Folder of what Lambda runs.
    """
    for environment in inputs.environments:
        names = inputs.names(environment)
        if inputs.waiting and not environment.vpc:
            continue
        stage = cdk.Stage(app, environment.name)
        if environment.vpc:
            NetworkStack(stage, "network", inputs, names, **_stack(names, "network"))
        if inputs.waiting:
            continue
        if environment.kind == "tooling":
            ToolingAccess(stage, "access", inputs, names, **_stack(names, "access"))
            RegistryStack(stage, "registry", inputs, names, **_stack(names, "registry"))
            for region in inputs.further_regions():
                there = names.in_region(region)
                name = f"artifacts-{region}"
                ArtifactsStack(stage, name, inputs, there, **_stack(there, name))
            DeliveryStack(stage, "delivery", inputs, names, code=code, **_stack(names, "delivery"))
        else:
            WorkloadAccess(stage, "access", inputs, names, **_stack(names, "access"))
            WorkloadStack(stage, "workload", inputs, names, code=code, **_stack(names, "workload"))
            for use_case in inputs.use_cases.values():
                name = stack_of(use_case.group)
                PipelinesStack(stage, name, inputs, names, use_case=use_case, **_stack(names, name))


def _stack(names: Names, name: str) -> dict[str, Any]:
    tags = {"penstock:environment": names.environment.name, "penstock:stack": name}
    return {
        "stack_name": names.stack(name),
        "description": str(Described(name, names.environment.name)),
        "env": cdk.Environment(account=names.account, region=names.region),
        "synthesizer": _synthesizer(name),
        "tags": {**names.environment.tags, **tags},
        "termination_protection": True,
    }


def _synthesizer(name: str) -> cdk.IReusableStackSynthesizer:
    """Return how a stack is deployed: by the bootstrap's roles, but for rights and
    networks by a person.
    """
    if name in ("access", "network"):
        return cdk.CliCredentialsStackSynthesizer(qualifier=QUALIFIER)
    return cdk.DefaultStackSynthesizer(qualifier=QUALIFIER, generate_bootstrap_version_rule=False)

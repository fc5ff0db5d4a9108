"""Where jobs run: the network of an environment, and whether a definition takes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from penstock.errors import Problem

if TYPE_CHECKING:
    from penstock.environments.environment import Environment

SUBNETS = ("SubnetOne", "SubnetTwo")
SECURITY_GROUPS = ("SecurityGroup",)
"""Parameters of a definition whose jobs run in the network of the environment.

A definition's list is as long in every account, so every environment names as many.
"""

NETWORK_PARAMETERS = (*SUBNETS, *SECURITY_GROUPS)


def network_parameters(subnets: Sequence[str], security_groups: Sequence[str]) -> dict[str, str]:
    """Return the values of the parameters; none where an environment names no network."""
    return {
        **dict(zip(SUBNETS, subnets, strict=False)),
        **dict(zip(SECURITY_GROUPS, security_groups, strict=False)),
    }


def network_problems(
    environment: Environment, pipeline: str, declared: Collection[str]
) -> list[Problem]:
    """Return why the jobs of a pipeline would not run where an environment wants them to.

    Args:
        environment: Which.
        pipeline: Its name, for messages.
        declared: Names of the definition's parameters.
    """
    name, takes = environment.name, set(NETWORK_PARAMETERS) <= set(declared)
    if takes and not environment.subnets:
        what = f"jobs of {pipeline} run in a network, and {name} names none."
        remedy = (
            f"Add `subnets` and `security_groups` to {name}; the stack {name}/network tells them."
            if environment.vpc
            else f"Add `subnets` and `security_groups` to {name}."
        )
        return [Problem(what, "environments.yaml", remedy)]
    if environment.subnets and not takes:
        what = f"{name} names subnets, and jobs of {pipeline} would run outside of them."
        remedy = (
            "Set `jobs-in-network = true` below [tool.penstock] in pyproject.toml, and compile or "
            "build the release again."
        )
        return [Problem(what, "environments.yaml", remedy)]
    return []

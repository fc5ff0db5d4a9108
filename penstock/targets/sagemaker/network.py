"""The network of a job: none of ours, one that its task names, or that of the environment."""

from __future__ import annotations

from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.references import parameter
from penstock.targets.sagemaker.settings import Settings

SUBNETS = ("SubnetOne", "SubnetTwo")
SECURITY_GROUPS = ("SecurityGroup",)
NETWORK: tuple[dict[str, str], ...] = tuple(
    {"Name": name, "Type": "String"} for name in (*SUBNETS, *SECURITY_GROUPS)
)
"""Parameters that say where jobs run; see docs/environments.md.

They have no default: a start that names no network is refused, instead of running elsewhere.
"""


def network(settings: Settings, *, of_environment: bool) -> dict[str, Any]:
    """Return the members of a network configuration that are set.

    Args:
        settings: Of the task.
        of_environment: Whether jobs run in the network of the environment. Those of several
            instances then encrypt what they tell each other, which slows them down.
    """
    found: dict[str, Any] = {}
    # A transform has no such setting: its instances do not talk to each other.
    spread = settings.instance_count > 1 and settings.step != "transform"
    if settings.encrypt_traffic or (of_environment and spread):
        found["EnableInterContainerTrafficEncryption"] = True
    if settings.network_isolation:
        found["EnableNetworkIsolation"] = True
    if of_environment:
        found["VpcConfig"] = {
            "SecurityGroupIds": [parameter(name) for name in SECURITY_GROUPS],
            "Subnets": [parameter(name) for name in SUBNETS],
        }
    elif settings.subnets:
        found["VpcConfig"] = {
            "SecurityGroupIds": list(settings.security_groups),
            "Subnets": list(settings.subnets),
        }
    return found


def network_problems(settings: Settings, where: str) -> list[Problem]:
    """Return what a task says of its network though the environment says it."""
    named = [f"`{name}`" for name in ("subnets", "security_groups") if getattr(settings, name)]
    if not named:
        return []
    what = f"{' and '.join(named)} name a network, and jobs run in that of the environment."
    return [Problem(what, where, "Leave them out; environments.yaml names them.")]

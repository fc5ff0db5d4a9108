"""Who acts: people and builds, each by the one role of ours that they may take."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from infra.rehearsal.accounts import Keys
from infra.rehearsal.world import World
from penstock.environments import Environment
from sandbox.crossing import account_of
from sandbox.names import Place


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody.

    Attributes:
        name: Of the session, so that identities tell it.
        role: The role that they take: its name in tooling, or its ARN.
    """

    name: str
    role: str

    def keys(self, world: World) -> Keys:
        """Take the role."""
        account = world.places["tooling"].account
        plain = not self.role.startswith("arn:")
        role = f"arn:aws:iam::{account}:role/{self.role}" if plain else self.role
        return world.assume(role, self.name, "tooling")


BUILD = Actor("ci", "penstock-tooling-builder")
GATEKEEPER = Actor("gina", "penstock-tooling-gatekeeper")
APPROVER = Actor("ben", "penstock-tooling-approver")


def make_people(world: World, tooling: Environment) -> None:
    """Make the roles that the file of environments trusts: others own them."""
    trusted = tooling.trust
    _make(
        world,
        [*trusted.builder_roles, *trusted.gatekeeper_roles, *trusted.approver_roles],
    )


def _make(world: World, roles: Sequence[str]) -> None:
    region = world.places["tooling"].region
    for arn in roles:
        iam = world.accounts.client("iam", Place(account_of(arn), region))
        trust = {"Version": "2012-10-17", "Statement": []}
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(
                RoleName=arn.rpartition("/")[2], AssumeRolePolicyDocument=json.dumps(trust)
            )

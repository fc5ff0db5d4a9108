"""Roles and users with the policies that their templates give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.estate import Identity
from infra.policies.place import Place
from infra.policies.policy import Policy
from infra.policies.principal import Principal
from infra.policies.templates.resolver import NO_VALUE
from infra.policies.templates.stacks import Stacks
from infra.policies.templates.template import Template

_ENTITIES = ("AWS::IAM::Role", "AWS::IAM::User")
_INLINE = {
    "AWS::IAM::Policy": ("Roles", "Users"),
    "AWS::IAM::ManagedPolicy": ("Roles", "Users"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",),
}


def read_managed(stacks: Stacks) -> dict[str, Policy]:
    """Return the customer managed policies by ARN."""
    managed = {}
    for template, logical_id, resource in stacks.resources("AWS::IAM::ManagedPolicy"):
        place = Place(template.stack, logical_id)
        with stacks.noting(place):
            document = resource["Properties"]["PolicyDocument"]
            at = place.at("Properties", "PolicyDocument")
            arn = stacks.resolver(template).arn(logical_id)
            managed[arn] = stacks.policy(template, document, at, attached=False)
    return managed


def read_identities(stacks: Stacks, managed: Mapping[str, Policy]) -> dict[str, Identity]:
    """Return roles and users by ARN.

    Args:
        stacks: The templates; what cannot be read is noted there.
        managed: Managed policies by ARN, those of AWS that are known too.
    """
    identities = {}
    for template, logical_id, resource in stacks.resources(*_ENTITIES):
        with stacks.noting(Place(template.stack, logical_id)):
            identity = _Entity(stacks, template, logical_id, managed).identity(resource)
            identities[identity.principal.arn] = identity
    for template, logical_id, resource in stacks.resources(*_INLINE):
        place = Place(template.stack, logical_id)
        with stacks.noting(place):
            for arn, policy in _attached(stacks, template, logical_id, resource, managed):
                if arn not in identities:
                    what = f"it is attached to {arn}, which no template holds."
                    raise PolicyError(Problem(what, str(place), "Give the role's template."))
                identity = identities[arn]
                identities[arn] = replace(identity, policies=(*identity.policies, policy))
    return identities


@dataclass(frozen=True, slots=True)
class _Entity:
    stacks: Stacks
    template: Template
    logical_id: str
    managed: Mapping[str, Policy]

    def identity(self, resource: Mapping[str, Any]) -> Identity:
        resolver = self.stacks.resolver(self.template)
        properties = resource.get("Properties", {})
        place = Place(self.template.stack, self.logical_id)
        if "Groups" in properties:
            remedy = "Attach the policies to the user."
            raise PolicyError(Problem("groups of users are not read.", str(place), remedy))
        arn = resolver.arn(self.logical_id)
        tags = {each["Key"]: each["Value"] for each in resolver.resolve(properties.get("Tags", []))}
        make = Principal.role if resource["Type"] == "AWS::IAM::Role" else Principal.user
        boundary = resolver.resolve(properties.get("PermissionsBoundary", NO_VALUE))
        arns = resolver.resolve(properties.get("ManagedPolicyArns", []))
        return Identity(
            principal=make(arn, tags=tags),
            policies=(
                *self._inline(properties.get("Policies", [])),
                *(self._known(each, place) for each in arns),
            ),
            boundary=None if boundary is NO_VALUE else self._known(boundary, place),
            place=str(place),
        )

    def _inline(self, policies: Any) -> Iterator[Policy]:
        resolve = self.stacks.resolver(self.template).resolve
        at = Place(self.template.stack, self.logical_id).at("Properties", "Policies")
        for index, each in enumerate(policies if isinstance(policies, list) else resolve(policies)):
            inline = each if "PolicyDocument" in each else resolve(each)
            if inline is not NO_VALUE:
                place = at.at(index, "PolicyDocument")
                document = inline["PolicyDocument"]
                yield self.stacks.policy(self.template, document, place, attached=False)

    def _known(self, arn: str, place: Place) -> Policy:
        if arn not in self.managed:
            what = f"the managed policy {arn} is not known."
            remedy = "Give its template, or its document as `managed`."
            raise PolicyError(Problem(what, str(place), remedy))
        return self.managed[arn]


def _attached(
    stacks: Stacks,
    template: Template,
    logical_id: str,
    resource: Mapping[str, Any],
    managed: Mapping[str, Policy],
) -> Iterator[tuple[str, Policy]]:
    properties = resource["Properties"]
    resolver = stacks.resolver(template)
    names = [
        (kind, name)
        for kind in _INLINE[resource["Type"]]
        for name in _listed(resolver.resolve(properties.get(kind, [])))
    ]
    if properties.get("Groups"):
        place = Place(template.stack, logical_id)
        remedy = "Attach the policy to a role."
        raise PolicyError(Problem("groups of users are not read.", str(place), remedy))
    if resource["Type"] == "AWS::IAM::ManagedPolicy":
        arn = resolver.arn(logical_id)
        policy = managed.get(arn, Policy(()))
    else:
        place = Place(template.stack, logical_id).at("Properties", "PolicyDocument")
        policy = stacks.policy(template, properties["PolicyDocument"], place, attached=False)
    entities = _by_name(stacks, template)
    for kind, name in names:
        entity = "user" if kind.startswith("User") else "role"
        yield (
            entities.get(
                (entity, name), f"arn:{template.partition}:iam::{template.account}:{entity}/{name}"
            ),
            policy,
        )


def _by_name(stacks: Stacks, importer: Template) -> dict[tuple[str, str], str]:
    named = {}
    for template in stacks.templates:
        if template.account != importer.account:
            continue
        for logical_id, resource in template.resources(*_ENTITIES):
            resolver = stacks.resolver(template)
            kind = resource["Type"].rpartition("::")[2].lower()
            named[kind, resolver.name(logical_id)] = resolver.arn(logical_id)
    return named


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]

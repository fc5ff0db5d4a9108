"""Reads the policies of all stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.estate import Estate
from infra.policies.place import Place
from infra.policies.policy import Policy, parse_policy
from infra.policies.templates.attached import read_resource_policies
from infra.policies.templates.identities import read_identities, read_managed
from infra.policies.templates.stacks import Stacks
from infra.policies.templates.template import Template

_ONLY_NARROW = ("AWS::EC2::VPCEndpoint",)
"""Their policies take away and never give; a request need not pass through them."""

_UNREAD = (
    "AWS::IAM::Group",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::UserToGroupAddition",
    "AWS::RAM::ResourceShare",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::StackSet",
)
"""Give permissions in ways that are not read."""


def load_estate(
    templates: Iterable[Template],
    *,
    managed: Mapping[str, Mapping[str, Any]] | None = None,
    organization: Mapping[str, tuple[tuple[Policy, ...], ...]] | None = None,
) -> Estate:
    """Read identities, resources and their policies from templates.

    Args:
        templates: Of all stacks in all accounts.
        managed: Documents by the ARN of managed policies that no template holds, such as those of
            AWS.
        organization: Service control policies by account; see `PolicySet.organization`.

    Raises:
        PolicyError: A template holds a policy that cannot be read, or an intrinsic function that
            cannot be resolved; everything that is wrong is listed.
    """
    stacks = Stacks(tuple(templates))
    _check_names(stacks)
    known = {arn: parse_policy(document, arn) for arn, document in (managed or {}).items()}
    known |= read_managed(stacks)
    identities = read_identities(stacks, known)
    resource_policies = tuple(read_resource_policies(stacks))
    owners, aliases, resources = _resources(stacks)
    stacks.problems += _unread(stacks)
    if stacks.problems:
        raise PolicyError(list(dict.fromkeys(stacks.problems)))
    return Estate(identities, resource_policies, owners, aliases, organization or {}, resources)


def _check_names(stacks: Stacks) -> None:
    names = [template.stack for template in stacks.templates]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        remedy = "Name every template apart."
        raise PolicyError(
            [Problem("two templates have this name.", name, remedy) for name in twice]
        )


def _resources(stacks: Stacks) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    owners, aliases, resources = {}, {}, {}
    for template, logical_id, resource in stacks.resources():
        resolver = stacks.resolver(template)
        try:
            arn = resolver.arn(logical_id)
        except PolicyError:
            # Nothing asks for it yet; whoever does hears that there is no ARN.
            continue
        if not arn:
            continue
        resources[f"{template.stack}/{logical_id}"] = arn
        if resource["Type"] == "AWS::S3::Bucket":
            owners[arn] = template.account
        if resource["Type"] == "AWS::KMS::Alias":
            target = resolver.resolve(resource["Properties"]["TargetKeyId"])
            key = f"arn:{template.partition}:kms:{template.region}:{template.account}:key/{target}"
            aliases[arn] = target if target.startswith("arn:") else key
    return owners, aliases, resources


def _unread(stacks: Stacks) -> Iterator[Problem]:
    for template, logical_id, resource in stacks.resources():
        place, kind = Place(template.stack, logical_id), resource["Type"]
        if kind in _UNREAD:
            yield Problem(f"the type {kind} is not read.", str(place), "Grant it another way.")
        elif kind not in _ONLY_NARROW:
            properties = resource.get("Properties", {})
            for found in _documents(properties, place.at("Properties")):
                if found not in stacks.read:
                    remedy = "Add the type to infra/policies/templates/attached.py."
                    yield Problem(
                        f"this policy of the type {kind} is not read.", str(found), remedy
                    )


def _documents(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _documents(each, place.at(index))
    elif isinstance(value, dict):
        raw = value.get("Statement")
        statements = raw if isinstance(raw, list) else [raw]
        if any(isinstance(each, dict) and "Effect" in each for each in statements):
            yield place
            return
        for key, each in value.items():
            yield from _documents(each, place.at(key))

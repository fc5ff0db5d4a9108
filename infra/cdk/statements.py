"""Statements of policies, as IAM reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


def allow(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Conditions | None = None,
    **principal: Sequence[str],
) -> Statement:
    """Return a statement that allows; `AWS=[...]` or `Service=[...]` name its principals."""
    return _statement("Allow", sid, actions, resources, conditions, principal)


def deny(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Conditions | None = None,
    **principal: Sequence[str],
) -> Statement:
    """Return a statement that denies; see `allow`. For everybody: `AWS=["*"]`."""
    return _statement("Deny", sid, actions, resources, conditions, principal)


def document(*statements: Statement) -> dict[str, Any]:
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": [dict(each) for each in statements]}


def trust(*services: str, source_account: str = "") -> dict[str, Any]:
    """Return the trust policy of a role that services take.

    Args:
        services: Such as `lambda.amazonaws.com`.
        source_account: For services that say on whose behalf they come: nobody else's.
    """
    conditions = {"StringEquals": {"aws:SourceAccount": source_account}} if source_account else None
    return document(_taken(conditions, Service=services))


def trust_roles(*roles: str) -> dict[str, Any]:
    """Return the trust policy of a role that other roles take."""
    return document(_taken(None, AWS=roles))


def with_alias(*aliases: str) -> Conditions:
    """Return the conditions that a key has one of these aliases: keys' ids are not known before."""
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(aliases)}}


def _taken(conditions: Conditions | None, **principal: Sequence[str]) -> Statement:
    statement = dict(_statement("Allow", "Taken", ["sts:AssumeRole"], [], conditions, principal))
    del statement["Resource"]
    return statement


def _statement(
    effect: str,
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Conditions | None,
    principal: Mapping[str, Sequence[str]],
) -> Statement:
    who = {kind: sorted(set(names)) for kind, names in principal.items()}
    return {
        "Sid": sid,
        "Effect": effect,
        **({"Principal": _short(who)} if who else {}),
        "Action": _one(sorted(set(actions))),
        "Resource": _one(sorted(set(resources))),
        **(
            {"Condition": {key: dict(value) for key, value in conditions.items()}}
            if conditions
            else {}
        ),
    }


def _short(who: Mapping[str, Sequence[str]]) -> Any:
    return {kind: _one(names) for kind, names in who.items()}


def _one(values: Sequence[str]) -> Any:
    return values[0] if len(values) == 1 else list(values)

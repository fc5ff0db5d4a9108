from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from infra.policies import Decision, Policy, PolicySet, Principal, Request, ResourceKind
from infra.policies import evaluate as judge
from infra.policies import parse_policy

Statements = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def policy(statements: Statements, name: str) -> Policy:
    """A document of the current version; a mapping with Statement is one already."""
    if isinstance(statements, Mapping) and "Statement" in statements:
        return parse_policy(statements, name)
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, name)


@pytest.fixture
def decide() -> Callable[..., Decision]:
    """Decide a request by policies that are given as statements."""

    def decision(
        principal: Principal,
        action: str,
        resource: str = "*",
        *,
        identity: Statements = (),
        boundary: Statements | None = None,
        session: Statements | None = None,
        attached: Statements = (),
        kind: ResourceKind = ResourceKind.ORDINARY,
        organization: Sequence[Statements] = (),
        context: Mapping[str, Any] | None = None,
        owner: str = "",
    ) -> Decision:
        policies = PolicySet(
            identity=(policy(identity, "identity"),),
            boundary=None if boundary is None else policy(boundary, "boundary"),
            session=None if session is None else (policy(session, "session"),),
            resource=(policy(attached, "attached"),),
            kind=kind,
            organization=tuple((policy(each, "organization"),) for each in organization),
        )
        return judge(Request(principal, action, resource, context or {}, owner), policies)

    return decision


@pytest.fixture
def outcome(decide: Callable[..., Decision]) -> Callable[..., str]:
    """Only whether it is allowed, implicitly denied or explicitly denied."""
    return lambda *asked, **policies: decide(*asked, **policies).outcome.value

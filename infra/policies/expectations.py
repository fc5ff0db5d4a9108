"""Assertions about decisions; what fails says which statements decided, and where they stand."""

from __future__ import annotations

from infra.policies.decision import Decision
from infra.policies.estate import Estate
from infra.policies.request import Request


def expect_allowed(estate: Estate, request: Request) -> Decision:
    """Return the decision on a request that has to succeed.

    Raises:
        AssertionError: It does not.
    """
    decision = estate.decide(request)
    if not decision.is_allowed:
        raise AssertionError(f"Expected to be allowed, but {decision}")
    return decision


def expect_denied(estate: Estate, request: Request) -> Decision:
    """Return the decision on a request that must not succeed.

    Raises:
        AssertionError: It does.
    """
    decision = estate.decide(request)
    if decision.is_allowed:
        raise AssertionError(f"Expected to be denied, but {decision}")
    return decision

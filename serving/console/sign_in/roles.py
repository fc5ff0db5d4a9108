"""What a person may do, by a claim of their token."""

from collections.abc import Mapping
from typing import Any

from penstock.errors import Problem
from serving.console.refusal import RefusedError
from serving.console.security.sessions import Role
from serving.console.settings import Provider


def role_of(claims: Mapping[str, Any], provider: Provider) -> Role:
    """Return the greatest role that the claim gives.

    Raises:
        RefusedError: It gives none.
    """
    values = _values(claims, provider.roles_claim)
    if values & provider.approvers:
        return "approver"
    if values & provider.viewers:
        return "viewer"
    raise RefusedError(
        403,
        "No role here",
        Problem(
            f"you are known, but the claim {provider.roles_claim!r} of your token names no role "
            "of this console.",
            remedy="Ask those who run it to add your group to approvers or viewers.",
        ),
    )


def _values(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(each for each in found or () if isinstance(each, str))

"""Whom a statement of a resource policy names, and how far that reaches.

Sources: IAM User Guide, "AWS JSON policy elements: Principal", "AWS JSON policy elements:
NotPrincipal", "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from infra.policies.errors import PolicyError, Problem
from infra.policies.principal import Principal, PrincipalKind

KINDS = ("AWS", "Service", "Federated")
_ACCOUNT = re.compile(r"^(?:arn:[a-z-]+:iam::)?(\d{12})(?::root)?$")
_ENTITY = re.compile(r"^arn:[a-z-]+:(?:iam::\d{12}:(?:role|user)|sts::\d{12}:[a-z-]+)/[^*?]+$")


class Reach(Enum):
    """How a statement names a principal; this decides what else has to allow the request."""

    NONE = 0
    ACCOUNT = 1
    """Its account: the identity's policies have to allow as well."""
    ROLE = 2
    """Its role: permissions boundary and session policy still limit."""
    DIRECT = 3
    """The user, the session, or everyone: nothing else has to allow within the account."""


@dataclass(frozen=True, slots=True)
class NamedPrincipals:
    """The element Principal. Make one with `parse_principals`.

    Attributes:
        names: By kind; `*` under AWS is everyone.
    """

    names: Mapping[str, tuple[str, ...]] = field(hash=False)

    def reach(self, principal: Principal, *, any_session: bool = False) -> Reach:
        """Return how the principal is named, by the farthest of the names.

        Args:
            principal: Who asks.
            any_session: Whether a role may call its session as it likes.
        """
        aws = self.names.get("AWS", ())
        if "*" in aws:
            return Reach.DIRECT
        if principal.kind is PrincipalKind.SERVICE:
            return Reach.DIRECT if principal.arn in self.names.get("Service", ()) else Reach.NONE
        if principal.kind is PrincipalKind.WEB_IDENTITY:
            federated = self.names.get("Federated", ())
            return Reach.DIRECT if {principal.arn, "*"} & {*federated} else Reach.NONE
        if self._names_session(principal, any_session=any_session):
            return Reach.DIRECT
        if principal.arn in aws and principal.kind is not PrincipalKind.ROOT:
            return Reach.ROLE if principal.kind is PrincipalKind.ROLE else Reach.DIRECT
        return Reach.ACCOUNT if principal.account in self._accounts() else Reach.NONE

    def leaves_out(self, principal: Principal, *, any_session: bool = False) -> bool:
        """Tell whether these names, as NotPrincipal, leave the principal out.

        Every link has to be named: of a role's session the account, the role and the session.

        Args:
            principal: Who asks.
            any_session: Whether a role may call its session as it likes.
        """
        aws = self.names.get("AWS", ())
        if "*" in aws:
            return True
        if not principal.account:
            return self.reach(principal) is not Reach.NONE
        if principal.account not in self._accounts():
            return False
        if principal.kind is PrincipalKind.ROOT:
            return True
        is_session = principal.kind is PrincipalKind.ROLE
        return principal.arn in aws and (
            not is_session or self._names_session(principal, any_session=any_session)
        )

    def principals(self) -> Iterator[Principal]:
        """Yield the roles, sessions and users that are named one by one."""
        for name in self.names.get("AWS", ()):
            fields = name.split(":", 5)
            if name == "*" or len(fields) < 6:
                continue
            kind, _, rest = fields[5].partition("/")
            if kind == "role":
                yield Principal.role(name)
            elif kind == "user":
                yield Principal.user(name)
            elif kind == "assumed-role":
                role, _, session = rest.partition("/")
                arn = f"arn:{fields[1]}:iam::{fields[4]}:role/{role}"
                yield Principal.role(arn, session=session)

    def _names_session(self, principal: Principal, *, any_session: bool) -> bool:
        aws = self.names.get("AWS", ())
        if principal.kind is not PrincipalKind.ROLE:
            return False
        if not any_session:
            return principal.session_arn in aws
        of_role = principal.session_arn.removesuffix(principal.session)
        return any(name.startswith(of_role) for name in aws)

    def _accounts(self) -> set[str]:
        matches = (_ACCOUNT.match(name) for name in self.names.get("AWS", ()))
        return {match[1] for match in matches if match}


def parse_principals(element: object) -> NamedPrincipals:
    """Read the element Principal or NotPrincipal.

    Raises:
        PolicyError: It names nothing that a policy may name; every such name is listed.
    """
    if element == "*":
        return NamedPrincipals({"AWS": ("*",)})
    if not isinstance(element, dict):
        what = f"{element!r} names no principals."
        raise PolicyError(Problem(what, "", 'Write "*" or {"AWS": [...], "Service": [...]}.'))
    problems, names = [], {}
    for kind, named in element.items():
        listed = named if isinstance(named, list) else [named]
        if kind not in KINDS:
            remedy = f"Use one of: {', '.join(KINDS)}."
            problems.append(Problem(f"{kind!r} is no kind of principal.", "", remedy))
        for name in listed:
            if not isinstance(name, str) or (kind == "AWS" and not _is_aws(name)):
                remedy = "Write an account, a whole ARN of a role, user or session, or *."
                problems.append(Problem(f"{name!r} is no principal.", "", remedy))
        names[kind] = tuple(listed)
    if problems:
        raise PolicyError(problems)
    return NamedPrincipals(names)


def _is_aws(name: str) -> bool:
    return name == "*" or bool(_ACCOUNT.match(name)) or bool(_ENTITY.match(name))

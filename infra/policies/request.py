"""What is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from infra.policies.errors import PolicyError, Problem
from infra.policies.principal import Principal, PrincipalKind

Context = Mapping[str, tuple[str, ...]]
"""The values of condition keys, in small letters; a key without values is known to be missing."""

_ACTION = re.compile(r"^[a-z0-9-]+:[A-Za-z0-9]+$")
_TYPES = {
    PrincipalKind.ROLE: "AssumedRole",
    PrincipalKind.USER: "User",
    PrincipalKind.ROOT: "Account",
    PrincipalKind.ANONYMOUS: "Anonymous",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request to AWS.

    Attributes:
        principal: Who asks.
        action: Such as `s3:GetObject`.
        resource: The ARN; `*` for an action that no resource can be named for.
        context: Condition keys and their values. Known by itself: what the principal tells, the
            resource's account and Region, TLS (`aws:SecureTransport`), `aws:ViaAWSService`. Every
            other key is missing unless it is given here, the time of day too. Given keys win; an
            empty sequence takes a key away.
        resource_account: 12 digits, for an ARN that names no account.
        any_context: Whether the keys that are not given may have any value, each by itself, and a
            role's session any name: an Allow may count on them, a Deny may not. What is denied
            then is denied always; what is allowed may need a context that does not occur.
    """

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict, hash=False)
    resource_account: str = ""
    any_context: bool = False

    def __post_init__(self) -> None:
        problems = []
        if not _ACTION.match(self.action):
            what = f"{self.action!r} is no action."
            problems.append(Problem(what, "", "Write service:Action, without wildcards."))
        if self.resource != "*" and (self.resource.count(":") < 5 or self.resource[:4] != "arn:"):
            what = f"{self.resource!r} is no ARN."
            problems.append(Problem(what, "", "Write a whole ARN, or * if none can be named."))
        if problems:
            raise PolicyError(problems)

    @property
    def owner(self) -> str:
        """The account that the resource is in; the principal's if there is none to name."""
        if self.resource == "*":
            return self.principal.account
        return self.resource.split(":")[4] or self.resource_account

    def context_values(self) -> Context:
        """Return the whole context of the request."""
        principal = self.principal
        of_principal = {f"aws:PrincipalTag/{key}": value for key, value in principal.tags}
        if principal.kind is PrincipalKind.SERVICE:
            of_principal["aws:PrincipalServiceName"] = principal.arn
        elif principal.account:
            of_principal["aws:PrincipalArn"] = principal.arn
            of_principal["aws:PrincipalAccount"] = principal.account
        if principal.kind is PrincipalKind.USER:
            of_principal["aws:username"] = principal.name
        if principal.kind in _TYPES:
            of_principal["aws:PrincipalType"] = _TYPES[principal.kind]
        is_service = principal.kind is PrincipalKind.SERVICE
        usual = {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}
        known = {
            **({} if self.any_context else usual),
            "aws:PrincipalIsAWSService": "true" if is_service else "false",
            "aws:ResourceAccount": self.owner if self.resource != "*" else "",
            "aws:RequestedRegion": self.resource.split(":")[3] if self.resource != "*" else "",
            **of_principal,
        }
        values: dict[str, tuple[str, ...]] = {
            key.lower(): (value,) for key, value in known.items() if value
        }
        for key, given in self.context.items():
            values[key.lower()] = (given,) if isinstance(given, str) else tuple(given)
        return values

    def __str__(self) -> str:
        asked = f"{self.principal}: {self.action} on {self.resource}"
        given = [
            f"{key}={value if isinstance(value, str) else '|'.join(value)}"
            for key, value in sorted(self.context.items())
        ]
        given += ["in any context"] if self.any_context else []
        return f"{asked} ({', '.join(given)})" if given else asked

"""Who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from infra.policies.errors import PolicyError, Problem


class PrincipalKind(StrEnum):
    """What a principal is."""

    ROLE = "role"
    USER = "user"
    ROOT = "account"
    SERVICE = "service"
    WEB_IDENTITY = "web identity"
    ANONYMOUS = "anonymous"


OUTSIDE = frozenset({PrincipalKind.SERVICE, PrincipalKind.WEB_IDENTITY, PrincipalKind.ANONYMOUS})
"""Principals that no identity policy belongs to."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. Make one with `role`, `user`, `account_root`, `service` and so on.

    Attributes:
        kind: What it is.
        arn: Of the role, the user or the account's root; the name of a service or provider.
        account: 12 digits; empty for what stands outside of accounts.
        session: Name of the role's session.
        tags: Of the principal, by key.
    """

    kind: PrincipalKind
    arn: str
    account: str = ""
    session: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @classmethod
    def role(
        cls, arn: str, *, session: str = "session", tags: Mapping[str, str] | None = None
    ) -> Principal:
        """Return a session of a role."""
        account = _account(arn, "role/")
        return cls(PrincipalKind.ROLE, arn, account, session, tuple(sorted((tags or {}).items())))

    @classmethod
    def user(cls, arn: str, *, tags: Mapping[str, str] | None = None) -> Principal:
        """Return an IAM user."""
        account = _account(arn, "user/")
        return cls(PrincipalKind.USER, arn, account, tags=tuple(sorted((tags or {}).items())))

    @classmethod
    def account_root(cls, account: str, partition: str = "aws") -> Principal:
        """Return the root user of an account."""
        return cls(PrincipalKind.ROOT, f"arn:{partition}:iam::{account}:root", account)

    @classmethod
    def service(cls, name: str) -> Principal:
        """Return an AWS service, such as `events.amazonaws.com`."""
        return cls(PrincipalKind.SERVICE, name)

    @classmethod
    def web_identity(cls, provider: str) -> Principal:
        """Return someone whom an OIDC or SAML provider vouches for, by the provider's ARN."""
        return cls(PrincipalKind.WEB_IDENTITY, provider)

    @classmethod
    def anonymous(cls) -> Principal:
        """Return someone without credentials."""
        return cls(PrincipalKind.ANONYMOUS, "anonymous")

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def session_arn(self) -> str:
        """ARN of the role's session; empty for others."""
        if self.kind is not PrincipalKind.ROLE:
            return ""
        partition = self.arn.split(":")[1]
        return f"arn:{partition}:sts::{self.account}:assumed-role/{self.name}/{self.session}"

    def __str__(self) -> str:
        return self.arn


def _account(arn: str, kind: str) -> str:
    fields = arn.split(":", 5)
    if len(fields) < 6 or fields[2] != "iam" or not fields[5].startswith(kind):
        what = f"{arn!r} is no ARN of a {kind[:-1]}."
        raise PolicyError(Problem(what, "", f"Write arn:aws:iam::ACCOUNT:{kind}NAME."))
    return fields[4]

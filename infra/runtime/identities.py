"""Who is behind an ARN, and whether two ARNs may be one person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.runtime.errors import Refused

_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::(\d{12}):([a-z-]+)(?:/(.+))?")


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal of IAM.

    Attributes:
        account: Twelve digits.
        kind: `role`, `user`, `federated-user` or `root`.
        name: Of the role or the user, without its path; empty for `root`.
        session: Name of the session in which a role was taken; empty: not told.
    """

    account: str
    kind: str
    name: str
    session: str = ""

    @property
    def person(self) -> str:
        """How the person is called, where the ARN tells: IAM Identity Center names the session."""
        return (self.session if self.kind == "role" else self.name).casefold()


def identity_of(arn: str) -> Identity:
    """Return who an ARN names.

    The session of a role, `assumed-role/NAME/SESSION`, names the role too; its path is not told
    there and counts nowhere, as the names of roles are unique in an account without it.

    Raises:
        Refused: It names nobody.
    """
    found = _ARN.fullmatch(arn)
    if found:
        service, account, kind, rest = found[1], found[2], found[3], found[4] or ""
        parts = rest.split("/")
        if service == "sts" and kind == "assumed-role" and len(parts) == 2 and all(parts):
            return Identity(account, "role", parts[0], parts[1])
        if service == "sts" and kind == "federated-user" and rest:
            return Identity(account, kind, rest)
        if service == "iam" and kind in ("role", "user") and parts[-1]:
            return Identity(account, kind, parts[-1])
        if service == "iam" and kind == "root" and not rest:
            return Identity(account, kind, "")
    raise Refused(
        "this names nobody.", arn or "(empty)", "It has to be the ARN of a user or a role of IAM."
    )


def same_person(one: str, other: str) -> bool:
    """Return whether two ARNs may name the same person.

    They do if they name the same user or the same role, whatever the sessions are called, as
    whoever takes a role may choose that name; and if the sessions or users are called the same, as
    one person may take two roles.

    Raises:
        Refused: One of them names nobody.
    """
    first, second = identity_of(one), identity_of(other)
    if (first.account, first.kind, first.name) == (second.account, second.kind, second.name):
        return True
    return bool(first.person) and first.person == second.person

"""Which approval a message is about: what it claims, held to what this account takes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.runtime.errors import Refused
from infra.runtime.package_arns import package_arn

_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True)
class Claim:
    """A version of a model, as a message names it.

    Attributes:
        package: ARN of the model package.
        group: Of it.
        version: Its number.
    """

    package: str
    group: str
    version: str

    @property
    def name(self) -> str:
        """How people call it, such as `fraud/3`."""
        return f"{self.group}/{self.version}"

    @property
    def pipeline(self) -> str:
        """The pipeline that decides by it."""
        return f"{self.group}-inference"


@dataclass(frozen=True, slots=True)
class Approval(Claim):
    """One approval of it; a later one of the same version is another.

    Attributes:
        approved_at: When the package was changed last, see `moment`.
    """

    approved_at: str


def claim_of(
    package: object,
    group: object,
    version: object,
    *,
    region: str,
    account: str,
    groups: Collection[str],
) -> Claim:
    """Return the version that a message names.

    Args:
        package: ARN.
        group: Name.
        version: Number.
        region: Where the central registry is.
        account: Whose it is.
        groups: The groups that this account takes models from.

    Raises:
        Refused: It is no version of the central registry, or of no group of ours.
    """
    named, arn = str(group), str(package or "")
    found = package_arn(arn)
    if (found.region, found.account) != (region, account):
        what = f"it is not in the central registry, which is in account {account}, {region}."
        raise Refused(what, arn)
    if named not in groups:
        known = ", ".join(sorted(groups)) or "none"
        raise Refused(f"{named!r} is no group that is deployed here.", arn, f"There are: {known}.")
    if (found.group, str(found.version)) != (named.lower(), str(version)):
        raise Refused(f"it is not version {version} of {named}, as the message says.", arn)
    return Claim(arn, named, str(found.version))


def moment(at: datetime) -> str:
    """Return a time as a text that sorts: UTC, with six digits of a second."""
    return at.astimezone(UTC).strftime(_FORM)


def changed_at(package: Mapping[str, Any]) -> str:
    """Return when a described package was changed last."""
    at: datetime = package.get("LastModifiedTime") or package["CreationTime"]
    return moment(at)


def is_moment(text: object) -> bool:
    """Return whether a text is a time as `moment` writes it."""
    return isinstance(text, str) and _MOMENT.fullmatch(text) is not None

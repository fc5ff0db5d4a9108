"""From what was typed to approvals, a version and a stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.approval.port import Approvals, Person


@dataclass(frozen=True, slots=True)
class Place:
    """Where decisions are looked up and made.

    Attributes:
        registry: Address of the registry; None: the local one.
        ledger: Address of the ledger; None: the local one.
        use_case: Of a version that is given as a number.
        stage: As typed; None: the first one of the rules.
    """

    registry: str | None
    ledger: str | None
    use_case: str
    stage: str | None

    def opened(self) -> Approvals:
        """Open the approvals."""
        from penstock.approval.opening import open_approvals

        return open_approvals(self.registry, self.ledger or "")

    def group(self, named: str | None) -> str:
        """Return the group that was named, else that of the use case."""
        if named:
            return named
        from penstock.use_case import load_use_case

        return load_use_case(self.use_case).group

    def version(self, named: str) -> tuple[str, int]:
        """Return group and number of `fraud/4` or `4`.

        Raises:
            RequestError: It is neither.
        """
        group, _, number = named.rpartition("/")
        if not (number.isascii() and number.isdigit()) or int(number) < 1:
            problem = Problem(f"{named!r} names no version.", remedy="Write it as fraud/4 or 4.")
            raise RequestError(problem)
        return self.group(group or None), int(number)

    def stage_of(self, approvals: Approvals) -> str:
        """Return the stage that was asked for, else the first one."""
        return self.stage or approvals.stages()[0]


def local_person() -> Person:
    """Return who types: the login that starts runs as well."""
    from penstock.approval.login import login
    from penstock.approval.port import Person

    return Person(login(), method="local")


def instant(text: str) -> datetime:
    """Return the instant that a text such as `2026-11-01T09:00Z` names; without a zone it is UTC.

    Raises:
        RequestError: It names none, or one that is still to come.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        problem = Problem(f"{text!r} is no time.", "--at", "Write it as 2026-11-01T09:00Z.")
        raise RequestError(problem) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if at > datetime.now(UTC):
        what = f"{text!r} is still to come."
        raise RequestError(Problem(what, "--at", "Name a time that has been, or leave it out."))
    return at

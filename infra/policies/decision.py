"""What comes out of a request, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from infra.policies.request import Request
from infra.policies.statement import Statement


class Outcome(StrEnum):
    """Whether a request succeeds."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitly denied"
    EXPLICIT_DENY = "explicitly denied"


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes out of a request.

    Attributes:
        request: What was asked.
        outcome: Whether it succeeds.
        statements: That decided: those that allow together, or those that deny. None decides where
            nothing allows.
        reason: What is missing, where nothing allows.
    """

    request: Request
    outcome: Outcome
    statements: tuple[Statement, ...] = ()
    reason: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether the request succeeds."""
        return self.outcome is Outcome.ALLOWED

    def __str__(self) -> str:
        lines = [f"{self.request} is {self.outcome}{': ' if self.reason else ''}{self.reason}"]
        return "\n".join([*lines, *(f"  {statement}" for statement in self.statements)])

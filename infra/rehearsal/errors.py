"""What ends a rehearsal."""

from __future__ import annotations

from penstock.errors import Problem, RequestError


class RehearsalError(RequestError):
    """The rehearsal cannot go on: something was skipped, failed or never came."""


def told(what: str, where: str = "", remedy: str = "") -> RehearsalError:
    """Return the error that says what went wrong."""
    return RehearsalError(Problem(what, where, remedy))

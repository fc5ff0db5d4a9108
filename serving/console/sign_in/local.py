"""The one person of this machine, told by a token that only their terminal shows."""

import hmac
import secrets

from penstock.approval.login import login
from penstock.approval.port import Person
from penstock.errors import Problem
from serving.console.refusal import RefusedError


class LocalSignIn:
    """A token for as long as the console runs.

    Attributes:
        token: Random; part of the printed address.
        person: Whose process the console is.
    """

    def __init__(self, person: Person | None = None) -> None:
        self.token = secrets.token_urlsafe(32)
        self.person = person or operating_system_user()

    def check(self, given: str) -> Person:
        """Return who shows a token.

        Raises:
            RefusedError: It is another one.
        """
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise RefusedError(
                403,
                "Not this console's token",
                Problem(
                    "the token in the address is not the one that this console printed.",
                    remedy="Copy the whole address that `pipeline console` printed last.",
                ),
            )
        return self.person


def operating_system_user() -> Person:
    """Return the login of this process."""
    return Person(login(), method="local")

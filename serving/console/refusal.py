"""A request that the console refuses, as a page tells it."""

from collections.abc import Sequence

from penstock.errors import Problem, RequestError


class RefusedError(RequestError):
    """The console refuses a request; nothing was done.

    Args:
        status: Of the answer.
        title: In a few words, for the heading.
        problems: Which rule, where, and what to do.
        wait_seconds: When to try again; 0: it does not help.
    """

    def __init__(
        self,
        status: int,
        title: str,
        problems: Problem | Sequence[Problem],
        *,
        wait_seconds: int = 0,
    ) -> None:
        super().__init__(problems)
        self.status = status
        self.title = title
        self.wait_seconds = wait_seconds


class SignInNeededError(RefusedError):
    """Nobody is signed in, or no longer."""

    def __init__(self, what: str, remedy: str = "Sign in.") -> None:
        super().__init__(401, "Sign in first", Problem(what, remedy=remedy))

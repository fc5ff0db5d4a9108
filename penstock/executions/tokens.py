"""Client request tokens: the same one starts the same execution once."""

from __future__ import annotations

import hashlib
import secrets

from penstock.errors import Problem, RequestError

_LONGEST = 128
_BYTES = 8


def fresh_token() -> str:
    """Return a token that nobody has used, short enough to be typed again."""
    return secrets.token_hex(_BYTES)


def request_token(given: str, pipeline: str) -> str:
    """Return what is sent: 64 characters, where the service wants 32 to 128 (botocore 1.44.5).

    It tells pipelines apart, so that a build may start several with its number.

    Raises:
        RequestError: The token is empty or longer than 128 characters.
    """
    if not given.strip():
        raise RequestError(Problem("the token is empty.", "--token", "Leave it out for a new one."))
    if len(given) > _LONGEST:
        what = f"the token has {len(given)} characters; at most {_LONGEST} are allowed."
        raise RequestError(Problem(what, "--token", "Use a shorter one."))
    return hashlib.sha256(f"{pipeline}\n{given}".encode()).hexdigest()

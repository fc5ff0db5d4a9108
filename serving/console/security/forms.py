"""Forms count only if this console gave them to this session."""

import hmac

from starlette.requests import Request

from penstock.errors import Problem
from serving.console.refusal import RefusedError
from serving.console.security.sessions import Session


def check_origin(request: Request, address: str) -> None:
    """Refuse what another site sent.

    Pages are served with `Referrer-Policy: no-referrer`, under which browsers send `Origin: null`
    with their own forms (Fetch, section 3.2). So `Sec-Fetch-Site` decides, which no page can set.

    Args:
        request: A request that changes something.
        address: Of this console, without a path.

    Raises:
        RefusedError: It was not sent by a page of this console.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    own = origin == address
    if site is not None:
        own = site == "same-origin" and origin in (None, "null", address)
    if not own:
        raise RefusedError(
            403,
            "Sent from elsewhere",
            Problem(
                "the form was not sent by a page of this console.",
                remedy="Open the page here and send its form.",
            ),
        )


def check_token(session: Session, given: str) -> None:
    """Refuse a form without the token that its session's pages carry.

    Raises:
        RefusedError: The token is missing or another session's.
    """
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise RefusedError(
            403,
            "Form without its token",
            Problem(
                "the form carries no token of this session, so it may come from another site.",
                remedy="Open the page again and send its form. Nothing was decided.",
            ),
        )

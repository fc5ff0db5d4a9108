"""In and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from penstock.approval.port import Person
from penstock.errors import Problem
from serving.console.console import Console
from serving.console.decision_log import log_sign_in
from serving.console.pages.access import Current, Sender, client
from serving.console.refusal import RefusedError
from serving.console.rendering import page
from serving.console.security.forms import check_origin
from serving.console.security.sessions import Role
from serving.console.sign_in.local import LocalSignIn
from serving.console.sign_in.openid import OpenIdSignIn

router = APIRouter()

ANSWER = "/sign-in/answer"
_ATTEMPT_SECONDS = 600

Page = Annotated[str, Query(max_length=2000)]


@router.get("/sign-in", name="sign-in")
def sign_in(
    request: Request,
    console: Current,
    token: Annotated[str, Query(max_length=200)] = "",
    page_after: Annotated[str, Query(alias="page", max_length=2000)] = "/",
) -> Response:
    """Exchange the token of the printed address for a session, or say how to sign in."""
    if token and isinstance(console.sign_in, LocalSignIn):
        return _by_token(request, console, console.sign_in, token, page_after)
    return page(
        request,
        "sign_in.html",
        session=None,
        title="Sign in",
        local=isinstance(console.sign_in, LocalSignIn),
        issuer="" if isinstance(console.sign_in, LocalSignIn) else console.sign_in.provider.issuer,
        page_after=own_page(page_after),
    )


@router.post("/sign-in")
def sign_in_by_form(
    request: Request,
    console: Current,
    token: Annotated[str, Form(max_length=200)] = "",
    page_after: Annotated[str, Form(alias="page", max_length=2000)] = "/",
) -> Response:
    """Sign in with the token, typed."""
    check_origin(request, console.settings.address)
    if not isinstance(console.sign_in, LocalSignIn):
        raise _other_way()
    return _by_token(request, console, console.sign_in, token, page_after)


@router.get("/sign-in/start")
def start(
    request: Request,
    console: Current,
    page_after: Annotated[str, Query(alias="page", max_length=2000)] = "/",
) -> Response:
    """Send the browser to the identity provider."""
    if not isinstance(console.sign_in, OpenIdSignIn):
        raise _other_way()
    console.sign_ins.take(client(request))
    attempt, address = console.sign_in.begin(own_page(page_after))
    answer = RedirectResponse(address, 302)
    answer.set_cookie(
        _attempt_cookie(console),
        attempt.state,
        max_age=_ATTEMPT_SECONDS,
        path="/",
        secure=console.settings.https,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(ANSWER)
def finish(request: Request, console: Current) -> Response:
    """Take the provider's answer."""
    if not isinstance(console.sign_in, OpenIdSignIn):
        raise _other_way()
    console.sign_ins.take(f"answer {client(request)}")
    query = {name: value[:4000] for name, value in request.query_params.items()}
    state = request.cookies.get(_attempt_cookie(console), "")
    person, role, page_after = console.sign_in.finish(query, state)
    answer = _enter(request, console, person, role, page_after)
    answer.delete_cookie(
        _attempt_cookie(console), secure=console.settings.https, httponly=True, samesite="lax"
    )
    return answer


@router.post("/sign-out")
def sign_out(console: Current, session: Sender) -> Response:
    """End the session."""
    console.sessions.end(session)
    answer = RedirectResponse("/sign-in?page=/", 303)
    answer.delete_cookie(
        console.settings.cookie, secure=console.settings.https, httponly=True, samesite="lax"
    )
    return answer


def own_page(address: str) -> str:
    """Return a page of this console to go to; anything else becomes the first page."""
    plain = address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"


def _by_token(
    request: Request, console: Console, sign_in: LocalSignIn, token: str, page_after: str
) -> Response:
    console.sign_ins.take(client(request))
    person = sign_in.check(token)
    return _enter(request, console, person, "approver", own_page(page_after))


def _enter(
    request: Request, console: Console, person: Person, role: Role, page_after: str
) -> Response:
    session = console.sessions.start(person, role)
    log_sign_in(person, role, client(request))
    answer = RedirectResponse(page_after, 303)
    answer.set_cookie(
        console.settings.cookie,
        console.sessions.cookie(session),
        path="/",
        secure=console.settings.https,
        httponly=True,
        samesite="lax",
    )
    return answer


def _attempt_cookie(console: Console) -> str:
    return f"{console.settings.cookie}-attempt"


def _other_way() -> RefusedError:
    return RefusedError(
        404,
        "Not how this console signs people in",
        Problem("this console signs people in another way.", remedy="Open the page /sign-in."),
    )

"""What every page asks first: which console, who is there, may they."""

from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request

from penstock.errors import Problem
from serving.console.console import Console
from serving.console.refusal import RefusedError, SignInNeededError
from serving.console.security.forms import check_origin, check_token
from serving.console.security.sessions import Session


def the_console(request: Request) -> Console:
    """Return the console that this application serves."""
    console = request.app.state.console
    assert isinstance(console, Console)  # noqa: S101  # set where the application is made
    return console


Current = Annotated[Console, Depends(the_console)]


def signed_in(request: Request, console: Current) -> Session:
    """Return who reads a page.

    Raises:
        SignInNeededError: Nobody whom the console knows.
    """
    cookie = request.cookies.get(console.settings.cookie)
    if cookie is None:
        raise SignInNeededError("nobody is signed in at this browser.")
    return console.sessions.find(cookie)


Reader = Annotated[Session, Depends(signed_in)]


def sender(
    request: Request, console: Current, session: Reader, csrf: Annotated[str, Form()] = ""
) -> Session:
    """Return who sent a form of this console's.

    Raises:
        RefusedError: Another site may have sent it.
    """
    check_origin(request, console.settings.address)
    check_token(session, csrf)
    return session


Sender = Annotated[Session, Depends(sender)]


def decider(request: Request, console: Current, session: Sender) -> Session:
    """Return who decides.

    Raises:
        RefusedError: They may only look, or decide too fast.
    """
    if session.role != "approver":
        raise RefusedError(
            403,
            "You may look, not decide",
            Problem(
                "your role is viewer; decisions are for approvers. Nothing was decided.",
                remedy="Ask an approver, or those who run the console for that role.",
            ),
        )
    console.decisions.take(client(request))
    return session


Decider = Annotated[Session, Depends(decider)]


def client(request: Request) -> str:
    """Return the address of who asks."""
    return request.client.host if request.client else ""

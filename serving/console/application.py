"""The application: pages, errors, and what stands before them."""

import logging
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock.errors import ApprovalError, PenstockError, Problem, RequestError, ServiceError
from serving.console.console import Console
from serving.console.pages import (
    candidate,
    decisions,
    history,
    live,
    pack_files,
    signing_in,
    waiting,
)
from serving.console.refusal import RefusedError, SignInNeededError
from serving.console.rendering import STATIC, page
from serving.console.security.gate import HEALTH, Gate
from serving.console.security.headers import SecurityHeaders
from serving.console.security.sessions import Session

_PAGES = (waiting, candidate, pack_files, decisions, history, live, signing_in)

_YEAR = "private, max-age=31536000, immutable"


def create_application(console: Console) -> ASGIApp:
    """Return the ASGI application of a console."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    api.state.console = console
    for each in _PAGES:
        api.include_router(each.router)
    api.mount("/static", _Static(directory=STATIC))
    api.add_api_route(HEALTH, _health, methods=["GET"])
    api.add_exception_handler(PenstockError, _penstock_error)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(RequestValidationError, _validation_error)
    api.add_exception_handler(Exception, _fault)

    def refuse(request: Request, refused: RefusedError) -> Response:
        return _error_page(request, None, refused.status, refused.title, refused.problems)

    settings = console.settings
    gate = Gate(api, address=settings.address, hosts=settings.hosts, refuse=refuse)
    return SecurityHeaders(gate, https=settings.https)


class _Static(StaticFiles):
    """Files whose address changes with their bytes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = message["headers"]
                assert isinstance(headers, list)  # noqa: S101  # the ASGI specification
                headers.append((b"cache-control", _YEAR.encode()))
            await send(message)

        await super().__call__(scope, receive, sending)  # type: ignore[arg-type]


def _health() -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _penstock_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PenstockError)  # noqa: S101  # registered for it
    if isinstance(error, SignInNeededError) and request.method == "GET":
        cookie = request.cookies.get(request.app.state.console.settings.cookie)
        if cookie is None:
            return RedirectResponse(f"/sign-in?page={quote(_wanted(request), safe='/')}", 303)
    status, title = _status(error)
    wait = error.wait_seconds if isinstance(error, RefusedError) else 0
    return _error_page(request, _session(request), status, title, error.problems, wait)


def _status(error: PenstockError) -> tuple[int, str]:
    if isinstance(error, RefusedError):
        return error.status, error.title
    if isinstance(error, ApprovalError):
        return 409, "Not decided"
    if isinstance(error, RequestError):
        return 404, "There is no such thing"
    if isinstance(error, ServiceError):
        return 503, "A service does not answer"
    return 500, "The work failed"


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it
    if error.status_code == 405:
        takes = "no form" if request.method == "POST" else "forms only"
        problem = Problem(f"this address takes {takes}.", remedy="Start from the first page.")
        return _error_page(request, _session(request), 405, "Not in this way", [problem])
    problem = Problem(
        "there is no page of this address.", request.url.path[:200], "Start from the first page."
    )
    return _error_page(request, _session(request), error.status_code, "No such page", [problem])


def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it
    problems = []
    for each in error.errors():
        message = str(each["msg"])
        name = str(each["loc"][-1])
        problems.append(Problem(f"{message[:1].lower()}{message[1:]}.", name, "Mend this field."))
    session = _session(request)
    return _error_page(request, session, 422, "A field cannot be used as it is", problems)


def _fault(request: Request, error: Exception) -> Response:
    logging.getLogger("penstock.console").error("%s: %s", type(error).__name__, error)
    problem = Problem(
        f"{type(error).__name__}: a fault in the console itself; nothing was decided by it.",
        remedy="Try again; the log of the console says more.",
    )
    return _error_page(request, _session(request), 500, "A fault of ours", [problem])


def _session(request: Request) -> Session | None:
    console = request.app.state.console
    try:
        found: Session = console.sessions.find(request.cookies.get(console.settings.cookie, ""))
    except SignInNeededError:
        return None
    return found


def _wanted(request: Request) -> str:
    """Return the page that was asked for, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _error_page(
    request: Request,
    session: Session | None,
    status: int,
    title: str,
    problems: object,
    wait_seconds: int = 0,
) -> Response:
    headers = {"retry-after": str(wait_seconds)} if wait_seconds else None
    return page(
        request,
        "error.html",
        session=session,
        status=status,
        headers=headers,
        title=title,
        problems=problems,
        number=status,
        page_after=quote(_wanted(request), safe="/") if request.method == "GET" else "/",
    )

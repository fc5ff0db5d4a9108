"""What a request must fulfil before anything reads it: its host, its size, its pace."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.errors import Problem
from serving.console.refusal import RefusedError

LARGEST_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0
"""A form is sent at once; whoever takes longer holds a place that others want."""

HEALTH = "/healthz"

Refuse = Callable[[Request, RefusedError], Response]


class Gate:
    """Refuses foreign hosts, long bodies and slow ones.

    Args:
        app: What answers the others.
        address: Of this console, for messages.
        hosts: `Host` headers that name this console. Another one means that a name of someone
            else's was made to lead here (DNS rebinding).
        refuse: Makes the page of a refusal.
    """

    def __init__(
        self, app: ASGIApp, *, address: str, hosts: frozenset[str], refuse: Refuse
    ) -> None:
        self._app = app
        self._address = address
        self._hosts = hosts
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            self._check_host(request.headers.get("host", ""))
            body = await _body(request, receive)
        except RefusedError as refused:
            await self._refuse(request, refused)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _check_host(self, host: str) -> None:
        if host.lower() not in self._hosts:
            raise RefusedError(
                421,
                "Another address",
                Problem(
                    f"the request was sent to the host {host[:100]!r}, which is not this console.",
                    remedy=f"Use {self._address}.",
                ),
            )


async def _body(request: Request, receive: Receive) -> bytes:
    """Read the whole body within its bounds."""
    declared = request.headers.get("content-length", "0")
    too_long = RefusedError(
        413,
        "Too much text",
        Problem(
            f"the request has more than {LARGEST_BODY_BYTES // 1024} KiB.",
            remedy="Shorten the comment; put long reasons elsewhere and name the place.",
        ),
    )
    if not declared.isdecimal() or int(declared) > LARGEST_BODY_BYTES:
        raise too_long
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                read += message.get("body", b"")
                if len(read) > LARGEST_BODY_BYTES:
                    raise too_long
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise RefusedError(
            408,
            "Too slow",
            Problem(
                f"the request was not complete after {BODY_SECONDS:g} seconds.",
                remedy="Send it again.",
            ),
        ) from None
    return bytes(read)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again

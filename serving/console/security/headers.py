"""The headers that tell a browser what these pages may do: nearly nothing."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No script at all, no style but the stylesheet, no form to elsewhere, in no frame."""

EVIDENCE = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
"""A file of an evidence pack: written by a run, so a stranger. It gets an origin of its own, runs
no script, loads nothing, sends nothing, and is framed by these pages alone."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR_SECONDS = 31_536_000


class SecurityHeaders:
    """Adds the headers to every answer, those of failures included.

    Args:
        app: What answers.
        https: Whether browsers reach it by https alone.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers.setdefault("content-security-policy", PAGES)
                headers.setdefault("x-frame-options", "DENY")
                headers.setdefault("cache-control", "no-store")
                if self._https:
                    headers["strict-transport-security"] = f"max-age={_YEAR_SECONDS}"
            await send(message)

        await self._app(scope, receive, sending)

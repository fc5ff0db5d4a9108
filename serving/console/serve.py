"""From the command's options to a console that answers until it is told to stop."""

import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from penstock.approval.opening import open_approvals
from penstock.errors import Problem, RequestError
from penstock.registry import default_uri, open_registry
from serving.console.application import create_application
from serving.console.console import make_console
from serving.console.packs import Packs
from serving.console.pages.signing_in import ANSWER
from serving.console.pages.stages import known_stage
from serving.console.settings import LOOPBACK, Provider, Settings
from serving.console.settings_file import ConsoleFile, read_console_file
from serving.console.sign_in.local import LocalSignIn
from serving.console.sign_in.openid import OpenIdSignIn

_BACKLOG = 128
_MOST_CONNECTIONS = 200
_STOP_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was given.

    Attributes:
        stage: Shown first; empty: the first one of the rules.
        host: To listen at.
        port: To listen at; 0: a free one.
        registry: Its address; None: the usual one.
        ledger: Its address; empty: the usual one.
        settings: Of whom the console lets in; None: `console.yaml` if there is one.
    """

    stage: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    registry: str | None = None
    ledger: str = ""
    settings: Path | None = None


def serve(options: Options, announce: Callable[[str, str], None]) -> None:
    """Answer until a signal says stop.

    Args:
        options: Of the command.
        announce: Takes the address for browsers, with the token of a local console, and the way of
            signing in (`local` or `oidc`), once the console listens.

    Raises:
        RequestError: An option or a setting is wrong, or the port is taken.
    """
    file = read_console_file(options.settings, os.environ)
    provider = file.provider(os.environ)
    if provider is None and options.host not in LOOPBACK:
        raise RequestError(
            Problem(
                f"without an identity provider the console listens at loopback only, not at "
                f"{options.host}.",
                remedy="Leave --host away, or name an issuer in console.yaml.",
            )
        )
    registry = open_registry(options.registry or default_uri())
    approvals = open_approvals(registry, options.ledger)
    stages = approvals.stages()
    stage = known_stage(approvals, options.stage) if options.stage else stages[0]
    with _listening(options.host, options.port) as listener:
        port = int(listener.getsockname()[1])
        settings = _settings(file, provider, stage, options.host, port)
        local = LocalSignIn()
        sign_in = local if provider is None else OpenIdSignIn(provider, settings.address + ANSWER)
        packs = Packs(registry)
        try:
            application = create_application(make_console(approvals, packs, settings, sign_in))
            address = settings.address
            if provider is None:
                address = f"{address}/sign-in?token={local.token}"
            announce(address, "local" if provider is None else "oidc")
            _log_to_stderr()
            _run(application, listener, settings)
        finally:
            packs.close()


def _settings(
    file: ConsoleFile, provider: Provider | None, stage: str, host: str, port: int
) -> Settings:
    shown = "[::1]" if host == "::1" else "127.0.0.1"
    return Settings(
        address=f"http://{shown}:{port}" if provider is None else file.address.rstrip("/"),
        stage=stage,
        provider=provider,
        session_hours=file.session_hours,
        idle_minutes=file.idle_minutes,
        proxies=file.proxies,
    )


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise RequestError(
            Problem(
                f"the console cannot listen at port {port} of {host}: {error.strerror}.",
                remedy="Choose another port, or --port 0 for a free one.",
            )
        ) from error
    return listener


def _log_to_stderr() -> None:
    logger = logging.getLogger("penstock.console")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def _run(application: object, listener: socket.socket, settings: Settings) -> None:
    config = uvicorn.Config(
        application,  # type: ignore[arg-type]  # uvicorn's own, wider type
        log_level="error",
        access_log=False,  # the address of a sign-in holds the token
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_STOP_SECONDS,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
        lifespan="off",
        ws="none",
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        # Uvicorn has stopped in order and hands the signal on.
        return

"""Writes down what is asked of the server with the credentials of roles: a line of JSON a request.

The server sees all of it: what functions, commands and jobs ask, by botocore, by Arrow's client of
S3 or by any other. What the services do among themselves is no request.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.sts.models import sts_backends

from infra.rehearsal.recording.reading import Asked, has_text, read_request

_SIGNED = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_REFUSED = 300


@contextlib.contextmanager
def recorded(file: Path) -> Iterator[None]:
    """Add a line to a file for each request that is signed by a role, while this lasts.

    Its attributes are those of `infra.policies.calls.Call`.
    """
    plain: Any = DomainDispatcherApplication.__call__

    def call(app: Any, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        signed = _SIGNED.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        role, session = _session(signed["key"]) if signed else ("", "")
        if signed is None or not role:
            untold: Iterable[bytes] = plain(app, environ, start)
            return untold
        asked = _read(environ, signed["service"])
        statuses: list[str] = []

        def begin(status: str, *given: Any) -> Any:
            statuses.append(status)
            return start(status, *given)

        answer = plain(app, environ, begin)
        error, answer = _error(statuses[-1], answer)
        told = {
            "role": role,
            "session": session,
            "region": signed["region"],
            "service": signed["service"],
            "operation": asked.operation,
            "parameters": asked.parameters,
            "error": error,
        }
        _write(file, told)
        return answer

    with patch.object(DomainDispatcherApplication, "__call__", call):
        yield


def _session(key: str) -> tuple[str, str]:
    """Return the role and the name of the session that a key belongs to; empty: a user's."""
    for partitions in list(sts_backends.values()):
        for backend in list(partitions.values()):
            found = backend.get_assumed_role_from_access_key(key)
            if found is not None:
                return str(found.role_arn), str(found.session_name)
    return "", ""


def _read(environ: dict[str, Any], service: str) -> Asked:
    body = b""
    if has_text(environ, service):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
    return read_request(environ, service, body)


def _error(status: str, answer: Iterable[bytes]) -> tuple[str, Iterable[bytes]]:
    """Return the code that was answered, empty where all went well, and the answer."""
    number = status.partition(" ")[0]
    if int(number) < _REFUSED:
        return "", answer
    whole = b"".join(answer)
    close: Any = getattr(answer, "close", None)
    if close is not None:
        close()
    found = _CODE.search(whole)
    return (found[1].decode() if found else _code(whole) or number), [whole]


def _code(answer: bytes) -> str:
    """Return the code of an answer in JSON: behind the name of the service's model."""
    try:
        told = json.loads(answer or b"{}")
    except ValueError:
        return ""
    return str(told.get("__type", "")).rpartition("#")[2] if isinstance(told, dict) else ""


def _write(file: Path, told: Mapping[str, Any]) -> None:
    line = json.dumps(told) + "\n"
    # One write a line: requests come from several threads.
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(opened, line.encode())
    finally:
        os.close(opened)

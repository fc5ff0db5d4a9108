"""Reads what a request asks of AWS, as botocore would call it, whatever client has sent it."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel

_TARGET, _HEADER, _REST = "HTTP_X_AMZ_TARGET", "HTTP_", "rest-"
_PLACES = ("uri", "querystring", "header")
"""Where parameters stand that are read; none of a body is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks.

    Attributes:
        operation: Such as `GetObject`; method and path where the service knows none.
        parameters: As botocore takes them; of what is sent as a body, none.
    """

    operation: str
    parameters: Mapping[str, Any]


def has_text(environ: Mapping[str, Any], service: str) -> bool:
    """Return whether a request tells its parameters in its body, which is then small."""
    model = _model(service)
    return _TARGET in environ or model is None or not model.protocol.startswith(_REST)


def read_request(environ: Mapping[str, Any], service: str, body: bytes) -> Asked:
    """Return what a request asks.

    Args:
        environ: As WSGI has it.
        service: That it is signed for.
        body: Empty where parameters stand elsewhere.
    """
    target = environ.get(_TARGET)
    if target:
        return Asked(str(target).rpartition(".")[2], json.loads(body or b"{}"))
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "Action" in form:
        kept = {name: text for name, text in form.items() if name not in ("Action", "Version")}
        return Asked(form["Action"], kept)
    path, model = _path(environ), _model(service)
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    method = str(environ["REQUEST_METHOD"])
    fitting = [] if model is None else list(_fitting(model, method, path, query, environ))
    if not fitting:
        return Asked(f"{method} {path}", {})
    # Of those that fit, the one that asks for most is meant: UploadPart, not PutObject.
    return max(fitting, key=lambda each: each[0])[1]


def _path(environ: Mapping[str, Any]) -> str:
    """Return the path; of S3 with the bucket that the host may name."""
    path = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"])
    bucket, dot, _ = str(environ.get("HTTP_HOST", "")).rpartition(".localhost")
    return (f"/{bucket}" if dot else "") + path.partition("?")[0]


def _fitting(
    model: ServiceModel,
    method: str,
    path: str,
    query: Mapping[str, str],
    environ: Mapping[str, Any],
) -> Iterator[tuple[int, Asked]]:
    for each in _operations(model):
        found = each.path.fullmatch(path)
        if each.method != method or found is None or not each.fixed.items() <= query.items():
            continue
        given = {**_named(each, "querystring", query), **_sent(each, environ)}
        given |= {name: unquote(text) for name, text in found.groupdict().items()}
        if each.required <= given.keys():
            yield len(each.required) + len(each.fixed), Asked(each.name, given)


@dataclass(frozen=True, slots=True)
class _Operation:
    name: str
    method: str
    path: re.Pattern[str]
    fixed: Mapping[str, str]
    required: frozenset[str]
    members: Mapping[str, Mapping[str, str]]
    """By place: parameters by what they are called there."""


def _named(each: _Operation, place: str, given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[sent] for sent, name in each.members[place].items() if sent in given}


def _sent(each: _Operation, environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        sent: str(environ[key])
        for sent in each.members["header"]
        if (key := _HEADER + sent.upper().replace("-", "_")) in environ
    }
    return _named(each, "header", headers)


@functools.cache
def _model(service: str) -> ServiceModel | None:
    try:
        return botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return None


@functools.cache
def _operations(model: ServiceModel) -> tuple[_Operation, ...]:
    return tuple(_operation(model.operation_model(name)) for name in model.operation_names)


def _operation(model: OperationModel) -> _Operation:
    path, _, fixed = str(model.http["requestUri"]).partition("?")
    members: dict[str, dict[str, str]] = {place: {} for place in _PLACES}
    required = set()
    shape = model.input_shape
    if shape is not None:
        for name, member in shape.members.items():
            place = str(member.serialization.get("location", ""))
            if place in members:
                members[place][str(member.serialization.get("name", name))] = name
                required |= {name} & set(shape.required_members)
    return _Operation(
        model.name,
        str(model.http["method"]),
        re.compile(_pattern(path, members["uri"])),
        dict(parse_qsl(fixed, keep_blank_values=True)),
        frozenset(required),
        members,
    )


def _pattern(path: str, members: Mapping[str, str]) -> str:
    """Return a pattern of a path such as `/{Bucket}/{Key+}`."""
    parts = re.split(r"\{([^}]+)\}", path)
    for index in range(1, len(parts), 2):
        name, greedy, _ = parts[index].partition("+")
        parts[index] = f"(?P<{members[name]}>{'.+' if greedy else '[^/]+'})"
        parts[index - 1] = re.escape(parts[index - 1])
    parts[-1] = re.escape(parts[-1])
    # A bucket's own address may end with a slash.
    return "".join(parts) + ("/?" if not parts[-1] else "")

"""Opens clients of AWS services: the only place that says how long to wait and how often to try."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_TRIES = 5
_NO_OBJECT = ("NoSuchKey", "404", "NotFound")
_THERE_ALREADY = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whom a client acts as; what must stay secret is never shown."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


def open_client(service: str, *, region: str = "", credentials: Credentials | None = None) -> Any:
    """Return a client; nothing is asked of the service yet.

    Args:
        service: As boto3 calls it, such as `sagemaker`.
        region: Such as `eu-west-1`; empty: the function's own.
        credentials: Whom it acts as; None: the function's own role.
    """
    # Whoever the environment says that we are, and wherever it leads, may be renewed.
    own = tuple(sorted(each for each in os.environ.items() if each[0].startswith("AWS_")))
    return _client(own, service, region, credentials)


def assume_role(arn: str, session_name: str, *, region: str = "") -> tuple[Credentials, str]:
    """Return credentials of a role for an hour, and the ARN of its session.

    Args:
        arn: Of the role.
        session_name: What its account's trail shows; at most 64 signs.
        region: Of the STS that is asked; empty: the function's own.
    """
    answer = open_client("sts", region=region).assume_role(
        RoleArn=arn, RoleSessionName=session_name
    )
    given = answer["Credentials"]
    credentials = Credentials(
        str(given["AccessKeyId"]), str(given["SecretAccessKey"]), str(given["SessionToken"])
    )
    return credentials, str(answer["AssumedRoleUser"]["Arn"])


def error_code(error: BaseException) -> str:
    """Return the code that a service answered, or nothing where it did not answer."""
    response = getattr(error, "response", None)
    found = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return str(found or "")


def is_no_object(error: BaseException) -> bool:
    """Return whether S3 says that there is no such object."""
    return error_code(error) in _NO_OBJECT


def is_there_already(error: BaseException) -> bool:
    """Return whether S3 refused to write an object because there is one of that name."""
    return error_code(error) in _THERE_ALREADY


@functools.lru_cache(maxsize=32)
def _client(
    own: tuple[tuple[str, str], ...], service: str, region: str, credentials: Credentials | None
) -> Any:
    """Return a client; a function that is called again goes on with its connections."""
    settings = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "adaptive", "total_max_attempts": _TRIES},
    )
    given = {}
    if credentials is not None:
        given = {
            "aws_access_key_id": credentials.access_key_id,
            "aws_secret_access_key": credentials.secret_access_key,
            "aws_session_token": credentials.session_token,
        }
    return _session(own).client(service, region_name=region or None, config=settings, **given)


@functools.lru_cache(maxsize=4)
def _session(own: tuple[tuple[str, str], ...]) -> Any:
    """Return the session of the function's own role: making one takes longer than a call."""
    del own
    plain = botocore.session.get_session()
    plain.register_component("data_loader", _loader())
    return boto3.session.Session(botocore_session=plain)


@functools.cache
def _loader() -> Any:
    """Return what reads the services' models: once a process, they are megabytes of JSON."""
    return create_loader()

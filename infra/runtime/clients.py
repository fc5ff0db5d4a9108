"""Opens clients of AWS services: the only place that says how long to wait and how often to try."""

from __future__ import annotations

import functools
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

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Credentials:
        """Return those of STS's `Credentials` or of CodePipeline's `artifactCredentials`.

        Raises:
            KeyError: One of the three is missing.
        """
        found = {name[:1].lower() + name[1:]: str(value) for name, value in told.items()}
        return cls(found["accessKeyId"], found["secretAccessKey"], found["sessionToken"])


def open_client(service: str, *, region: str = "", credentials: Credentials | None = None) -> Any:
    """Return a client; nothing is asked of the service yet.

    Args:
        service: As boto3 calls it, such as `sagemaker`.
        region: Such as `eu-west-1`; empty: the function's own.
        credentials: Whom it acts as; None: the function's own role.
    """
    plain = botocore.session.get_session()
    plain.register_component("data_loader", _loader())
    session: Any = boto3.session.Session(
        region_name=region or None,
        botocore_session=plain,
        aws_access_key_id=credentials.access_key_id if credentials else None,
        aws_secret_access_key=credentials.secret_access_key if credentials else None,
        aws_session_token=credentials.session_token if credentials else None,
    )
    settings = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "adaptive", "total_max_attempts": _TRIES},
    )
    return session.client(service, config=settings)


def assume_role(arn: str, session_name: str, *, region: str = "") -> Credentials:
    """Return credentials of a role for an hour.

    Args:
        arn: Of the role.
        session_name: What its account's trail shows; at most 64 signs.
        region: Of the STS that is asked; empty: the function's own.
    """
    answer = open_client("sts", region=region).assume_role(
        RoleArn=arn, RoleSessionName=session_name
    )
    return Credentials.of(
        {
            name: answer["Credentials"][name]
            for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
        }
    )


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


@functools.cache
def _loader() -> Any:
    """Return what reads the services' models: once a process, they are megabytes of JSON."""
    return create_loader()

"""Opens clients of AWS services: the only place that says how long to wait and how often to try.

Credentials, profiles and endpoints come from where every AWS tool takes them: the default chain,
`AWS_PROFILE`, `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>`.
"""

from __future__ import annotations

from typing import Any

from penstock.data.aws.failures import translated
from penstock.data.aws.whole_answers import require_whole_answers
from penstock.errors import Problem, RequestError

_CONNECT_SECONDS, _READ_SECONDS = 5, 60
_TRIES = 6
CONNECTIONS = 16
"""So many threads may use one client at once."""


def open_client(service: str, region: str = "", where: str = "") -> Any:
    """Return a client that several threads may use; nothing is asked of the service yet.

    Args:
        service: As boto3 calls it, such as `sagemaker`.
        region: Such as `eu-west-1`; empty: that of the environment or the profile.
        where: The address that the user gave, for messages.

    Raises:
        RequestError: boto3 is not installed, no Region is known, or there is no such profile.
    """
    try:
        import boto3  # noqa: F401
        from botocore.config import Config

        from penstock.data.aws.sessions import make_client
    except ImportError as error:
        raise RequestError(
            Problem("boto3 is not installed.", where, "Install it: pip install boto3.")
        ) from error
    settings = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "adaptive", "total_max_attempts": _TRIES},
    )
    with translated(service, where):
        try:
            client = make_client(service, region, settings)
        except ValueError as error:
            raise RequestError(
                Problem(
                    f"there is no client of {service}: {str(error).rstrip('.')}.",
                    where,
                    "Look at AWS_ENDPOINT_URL and the Region.",
                )
            ) from error
    require_whole_answers(client)
    return client

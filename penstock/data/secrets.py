"""Secrets by reference: where they are stands in an address, they themselves never do."""

from __future__ import annotations

import json
import os

from penstock.errors import Problem, RequestError, ServiceError

_TIMEOUT_SECONDS = 10
_NOT_TOLD = ("ResourceNotFoundException", "AccessDeniedException")


def resolve_secret(reference: str) -> str:
    """Return the secret that a reference names.

    Args:
        reference: `env:NAME` (a variable of the environment), `aws:SECRET` (AWS Secrets Manager)
            or `aws:SECRET/FIELD` (a field of a secret that is JSON).

    Raises:
        RequestError: The reference has another form, or there is no such secret.
        ServiceError: AWS refused or could not be reached.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        value = os.environ.get(name)
        if not value:
            raise RequestError(
                Problem(
                    f"the variable {name} is not set.",
                    f"secret {reference}",
                    f"Set it: export {name}=...",
                )
            )
        return value
    if kind == "aws" and name:
        return _from_aws(name, reference)
    raise RequestError(
        Problem(
            "this is no reference to a secret.",  # It might be one: it is not shown.
            remedy="Use env:NAME, aws:SECRET or aws:SECRET/FIELD, never the secret itself.",
        )
    )


def _from_aws(name: str, reference: str) -> str:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    from penstock.data.aws.sessions import make_client

    settings = Config(
        connect_timeout=_TIMEOUT_SECONDS,
        read_timeout=_TIMEOUT_SECONDS,
        retries={"mode": "standard", "max_attempts": 4},
    )
    where = f"secret {reference}"
    try:
        client = make_client("secretsmanager", "", settings)
        text, field = _lookup(client, name)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code == "ResourceNotFoundException":
            raise RequestError(
                Problem("there is no such secret.", where, "Check its name and the Region.")
            ) from error
        raise ServiceError(
            Problem(f"AWS Secrets Manager refused: {code}.", where, "Check the rights.")
        ) from error
    except BotoCoreError as error:
        raise ServiceError(
            Problem(
                f"AWS Secrets Manager could not be asked: {type(error).__name__}.",
                where,
                "Check credentials, Region and network.",
            )
        ) from error
    if not field:
        return text
    try:
        value = json.loads(text)[field]
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError(
            Problem(f"the secret is no JSON with the field {field!r}.", where, "Check it.")
        ) from error
    return str(value)


def _lookup(client: object, name: str) -> tuple[str, str]:
    """Return the text of the secret and the field that is asked for; names may hold slashes.

    Of a secret that is not there AWS says so to those alone who may read every secret.
    """
    from botocore.exceptions import ClientError

    get = client.get_secret_value  # type: ignore[attr-defined]  # boto3 makes it at run time
    try:
        return str(get(SecretId=name).get("SecretString", "")), ""
    except ClientError as error:
        holder, _, field = name.rpartition("/")
        missing = error.response.get("Error", {}).get("Code") in _NOT_TOLD
        if not missing or not holder:
            raise
        return str(get(SecretId=holder).get("SecretString", "")), field

"""Whether the execution role is there and SageMaker may take it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.inspection.finding import Finding

SERVICE = "sagemaker.amazonaws.com"
_TAKING = ("sts:AssumeRole", "sts:*", "*")


def role(arn: str, region: str, place: str) -> Iterator[Finding]:
    """Look at a role.

    Args:
        arn: Of the role.
        region: Of the environment; it tells the partition.
        place: `file:line` of it.

    Raises:
        ServiceError: IAM refused or cannot be reached.
    """
    client = open_client("iam", region, arn)
    found: Mapping[str, Any] | None = None
    with translated("iam", arn):
        try:
            found = client.get_role(RoleName=arn.rpartition("/")[2])["Role"]
        except Exception as error:
            if error_code(error) != "NoSuchEntity":
                raise
    if found is None:
        yield Finding("role", "broken", f"there is no role {arn}", f"Create it, or mend {place}.")
    elif found["Arn"] != arn:
        remedy = f"Mend {place}."
        yield Finding("role", "broken", f"IAM knows {arn} as {found['Arn']}", remedy)
    elif not trusts_sagemaker(found.get("AssumeRolePolicyDocument")):
        remedy = f"Allow {SERVICE} the action sts:AssumeRole in its trust policy."
        yield Finding("role", "broken", f"{arn} does not trust SageMaker", remedy)
    else:
        yield Finding("role", "ok", f"{arn} trusts SageMaker")


def trusts_sagemaker(document: object) -> bool:
    """Return whether a trust policy lets SageMaker take the role; conditions are not judged.

    Args:
        document: As IAM answers it: a mapping, or its JSON, percent-encoded or not.
    """
    if isinstance(document, str):
        document = json.loads(unquote(document))
    statements = document.get("Statement", []) if isinstance(document, Mapping) else []
    return any(_allows(each) for each in _listed(statements))


def _allows(statement: object) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
        return False
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, Mapping) else None
    actions = _listed(statement.get("Action", []))
    return SERVICE in _listed(services) and any(action in _TAKING for action in actions)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""Deploys a template into an account, and fails unless every resource of it is there."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.rehearsal.cloudformation.extension import known_types
from infra.rehearsal.errors import told
from sandbox.names import Place

_SKIPPED = "No Moto CloudFormation support"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack as it is now.

    Attributes:
        resources: The physical id of each resource, by its name in the template.
        changed: Whether anything had to be made or changed.
    """

    name: str
    place: Place
    resources: Mapping[str, str]
    outputs: Mapping[str, str]
    changed: bool


def deploy(
    client: Any,
    place: Place,
    name: str,
    template: Mapping[str, Any],
    parameters: Mapping[str, str] | None = None,
    *,
    deployer: Any = None,
    role: str = "",
) -> Deployed:
    """Create a stack, or update the one that is there.

    Args:
        client: Of CloudFormation, in the account of the stack.
        place: Where the client leads.
        parameters: Of the template.
        deployer: The client of whoever deploys; None: the same, which looks at all of it besides.
        role: ARN of what CloudFormation acts as; empty: whoever deploys.

    Raises:
        RehearsalError: A type is none that is made here, a resource is not there afterwards, or
            the service refused.
    """
    where = f"stack {name} in {place.account}"
    types = {kind for kind in _types(template) if not _is_made(kind)}
    if types:
        raise told(
            f"moto skips {', '.join(sorted(types))}.",
            where,
            "Make them in infra/rehearsal/cloudformation/kinds.",
        )
    request = {
        "StackName": name,
        "TemplateBody": json.dumps(template),
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in (parameters or {}).items()
        ],
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        **({"RoleARN": role} if role else {}),
    }
    with _nothing_skipped(where):
        changed = _put(client, deployer or client, request, template, parameters or {}, where)
    return _checked(client, place, name, template, changed)


def _put(
    client: Any,
    deployer: Any,
    request: Mapping[str, Any],
    template: Mapping[str, Any],
    parameters: Mapping[str, str],
    where: str,
) -> bool:
    """Create or update a stack; return whether anything had to be done."""
    try:
        known = _known(client, request["StackName"])
        if known is None:
            deployer.create_stack(**request)
        elif known == (template, {**_defaults(template), **parameters}):
            return False
        else:
            deployer.update_stack(**request)
    except ClientError as error:
        message = error.response["Error"].get("Message", str(error))
        raise told(f"CloudFormation refused: {message.rstrip('.')}.", where) from error
    return True


def _known(client: Any, name: str) -> tuple[Any, Mapping[str, str]] | None:
    """Return template and parameters of a stack that is there: moto updates also what is equal."""
    try:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError:
        return None
    body = client.get_template(StackName=name)["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters") or []}
    return template, {**_defaults(template), **given}


def _defaults(template: Mapping[str, Any]) -> Mapping[str, str]:
    declared = template.get("Parameters") or {}
    return {key: str(each["Default"]) for key, each in declared.items() if "Default" in each}


def _checked(
    client: Any, place: Place, name: str, template: Mapping[str, Any], changed: bool
) -> Deployed:
    """Return the stack, if all of it is there."""
    where = f"stack {name} in {place.account}"
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    found = {
        str(each["LogicalResourceId"]): str(each.get("PhysicalResourceId") or "")
        for page in pages
        for each in page["StackResourceSummaries"]
        if each.get("LogicalResourceId")
    }
    unconditional = {key for key, each in template["Resources"].items() if "Condition" not in each}
    missing = sorted(key for key in unconditional if not found.get(key))
    if missing or not stack["StackStatus"].endswith("_COMPLETE"):
        named = ", ".join(f"{key} ({template['Resources'][key]['Type']})" for key in missing)
        what = f"not there: {named}." if missing else f"it is {stack['StackStatus']}."
        raise told(what, where)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    return Deployed(name, place, found, outputs, changed)


def _types(template: Mapping[str, Any]) -> set[str]:
    return {str(each["Type"]) for each in template["Resources"].values()}


def _is_made(kind: str) -> bool:
    return kind in known_types()


@contextlib.contextmanager
def _nothing_skipped(where: str) -> Iterator[None]:
    """Fail if moto says that it skipped something after all."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if _SKIPPED in record.getMessage():
                said.append(record.getMessage())

    listener, logger = Listener(), logging.getLogger("moto")
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
    if said:
        raise told(f"{'; '.join(sorted(set(said)))}.", where)

"""Pydantic's findings about `environments.yaml`, in words and each with its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from penstock.environments.settings import (
    EnvironmentSettings,
    EnvironmentsFile,
    Limits,
    Schedule,
    Trust,
)
from penstock.errors import Problem
from penstock.lines import Document, Location

_MAPPING = "a mapping of `key: value` lines"
_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "mapping_type": _MAPPING,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
}
_S3 = "Write s3://BUCKET or s3://BUCKET/PREFIX, without a slash at the end."
_ROLE = "Write arn:aws:iam::ACCOUNT:role/NAME."
_FORMS = {
    "account": ("no AWS account", 'Write its 12 digits in quotes, such as "111111111111".'),
    "region": ("no AWS Region", "Write such as eu-west-1."),
    "role": ("no ARN of a role", _ROLE),
    "dead_letters": (
        "no ARN of a standard queue",
        "Write arn:aws:sqs:REGION:ACCOUNT:NAME.",
    ),
    "artifacts": ("no place in S3", _S3),
    "code": ("no place in S3", _S3),
    "releases": ("no place in S3", _S3),
    "image": ("no container image", "Write REPOSITORY@sha256:DIGEST."),
    "records": ("no name of a table", "Use 3 to 255 letters, digits, dots, dashes, underscores."),
    "registry": (
        "no address of a registry",
        "Use sagemaker://REGION?bucket=BUCKET, the http(s) address of an MLflow server without a "
        "password, or sqlite:///PATH/mlflow.db.",
    ),
    "ledger": (
        "no address of a ledger",
        "Use dynamodb://TABLE?bucket=BUCKET&key=KMS_KEY, or sqlite:///PATH.",
    ),
    "kms_key": ("no key of KMS", "Write its id, alias/NAME or its ARN."),
    "subnets": ("no subnet", "Write such as subnet-0123456789abcdef0."),
    "endpoints": ("no name of a service", "Write such as secretsmanager or ecr.api."),
    "vpc": ("no range of addresses", "Write such as 10.20.0.0/22."),
    "security_groups": ("no security group", "Write such as sg-0123456789abcdef0."),
    "approvers": ("no name of a person", "Use at most 127 characters and no comma."),
    "sources": ("no address", "Write such as s3://BUCKET/PREFIX."),
    "sinks": ("no address", "Write such as s3://BUCKET/PREFIX."),
    "alarms": ("no address of e-mail", "Write such as operators@example.com."),
    "builder_roles": ("no ARN of a role", _ROLE),
    "gatekeeper_roles": ("no ARN of a role", _ROLE),
    "approver_roles": ("no ARN of a role", _ROLE),
    "operator_roles": ("no ARN of a role", _ROLE),
    "tags": (
        "no tag",
        "Use letters, digits, spaces and _.:/=+-@: at most 128 in a key, 256 in a value.",
    ),
}
_HOLDERS: Mapping[str, type[BaseModel]] = {
    "schedule": Schedule,
    "limits": Limits,
    "trust": Trust,
}


def problem_of(error: Mapping[str, Any], document: Document) -> Problem:
    """Say what one of pydantic's errors means to the author of the file."""
    location: Location = error["loc"]
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    place, name = document.place(location), setting_of(location)
    if kind == "extra_forbidden":
        return Problem(f"{location[-1]!r} is not a setting here.", place, _offer(location))
    if kind == "missing":
        return Problem(f"the setting {name!r} is missing.", place, f"Add `{name}: ...`.")
    if kind in _TYPES and value is None:
        return Problem(f"{name} must be {_TYPES[kind]}; nothing stands there.", place)
    if kind in _TYPES:
        remedy = "Write it in quotes." if kind == "string_type" and _is_scalar(value) else ""
        return Problem(f"{name} must be {_TYPES[kind]}, not {value!r}.", place, remedy)
    if kind in ("string_pattern_mismatch", "string_too_long"):
        what, remedy = _FORMS[name]
        if kind == "string_too_long":
            return Problem(
                f"{name} has {len(value)} characters; at most {context['max_length']} are allowed.",
                place,
                remedy,
            )
        return Problem(f"{name} {value!r} is {what}.", place, remedy)
    if kind == "greater_than_equal":
        return Problem(f"{name} must be at least {context['ge']}, not {value!r}.", place)
    if kind == "too_short":
        return Problem(f"{name} must not be empty.", place, "Name at least one.")
    if kind == "too_long":
        most = context["max_length"]
        what = f"{name} has {context['actual_length']} entries; at most {most} are allowed."
        return Problem(what, place, "Remove some.")
    return Problem(f"{name}: {error['msg']}.", place)


def setting_of(location: Location) -> str:
    """Return what a location is in: `tags` of a single tag, `enabled` of a schedule."""
    if len(location) > 3 and location[2] in _HOLDERS:
        return str(location[3])
    if len(location) > 2:
        return str(location[2])
    return str(location[-1]) if location else "environments"


def _offer(location: Location) -> str:
    holder: type[BaseModel] = EnvironmentsFile
    if len(location) > 3:
        holder = _HOLDERS[str(location[2])]
    elif len(location) == 3:
        holder = EnvironmentSettings
    known = list(holder.model_fields)
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}Use one of: {', '.join(known)}."


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, dict | list)

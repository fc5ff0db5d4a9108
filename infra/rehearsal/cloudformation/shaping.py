"""Properties of a template as the request of an operation: what CloudFormation itself does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class UnknownPropertyError(Exception):
    """The operation knows no such member: the template would lose it silently."""


def shaped(client: Any, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of an operation that properties of a template stand for.

    Names may begin in another case; numbers and truth values may be texts.

    Args:
        client: Of the service; its model says what the operation takes.
        operation: Such as `CreateSchedule`.

    Raises:
        UnknownPropertyError: The operation does not take all of it.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    request: dict[str, Any] = _fit(properties, shape, operation)
    return request


def _fit(value: Any, shape: Any, where: str) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(value, shape, where)
        case "list":
            values = value if isinstance(value, list) else [value]
            return [_fit(each, shape.member, where) for each in values]
        case "map":
            return {key: _fit(each, shape.value, f"{where}.{key}") for key, each in value.items()}
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case "string":
            return json.dumps(value) if isinstance(value, dict | list) else str(value)
    return value


def _structure(value: Mapping[str, Any], shape: Any, where: str) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    unknown = [name for name in value if name.lower() not in members]
    if unknown:
        raise UnknownPropertyError(f"{where} takes no {', '.join(sorted(unknown))}.")
    fitted = {}
    for name, each in value.items():
        member = members[name.lower()]
        fitted[member] = _fit(each, shape.members[member], f"{where}.{member}")
    return fitted

"""The JSON Schema of a use case, for editors and for naming the known keys in messages."""

from __future__ import annotations

from functools import cache
from typing import Any

from penstock.descriptions import DescribedSchema
from penstock.lines import Location
from penstock.use_case.model import UseCase


@cache
def _schema() -> dict[str, Any]:
    return UseCase.model_json_schema(schema_generator=DescribedSchema)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `use_case.yaml`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_schema(),
        "title": "Penstock use case",
    }
    schema["required"] = list(schema["required"])
    return schema


def known_keys(location: Location) -> list[str]:
    """Return the keys that the settings at `location` may hold."""
    nodes = [_schema()]
    for part in location:
        following: list[dict[str, Any]] = []
        for node in _alternatives(nodes):
            properties = node.get("properties", {})
            if part in properties:
                following.append(properties[part])
            elif isinstance(part, int) and "items" in node:
                following.append(node["items"])
            elif isinstance(node.get("additionalProperties"), dict):
                following.append(node["additionalProperties"])
            elif properties.get("kind", {}).get("const") == part:
                following.append(node)
        if following:
            nodes = following
    return list(
        dict.fromkeys(key for node in _alternatives(nodes) for key in node.get("properties", {}))
    )


def _alternatives(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in nodes:
        if "$ref" in node:
            found += _alternatives([_schema()["$defs"][node["$ref"].rpartition("/")[2]]])
        elif "oneOf" in node or "anyOf" in node:
            found += _alternatives(node.get("oneOf", node.get("anyOf", [])))
        else:
            found.append(node)
    return found

"""What CloudFormation's resource handlers ask of who deploys: the providers' schemas say it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

REGION = "eu-west-1"
_POLICIES = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"


@cache
def permissions(kind: str, handler: str) -> tuple[str, ...]:
    """Return what a handler of a type asks for; a type without the handler asks for nothing."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    assert schema["handlers"], kind
    return tuple(schema["handlers"].get(handler, {}).get("permissions", ()))


@cache
def _known() -> Mapping[str, Any]:
    known: Mapping[str, Any] = json.loads(_POLICIES.read_text(encoding="utf-8"))
    return known


def is_action(permission: str) -> bool:
    """Return whether AWS has such an action, without regard to capitals."""
    service, _, name = permission.partition(":")
    return name.lower() in _known().get(service, {}).get("Actions", {})


def names_resources(action: str) -> bool:
    """Return whether a resource can be named for an action."""
    service, _, name = action.partition(":")
    return bool(_known()[service]["Actions"][name.lower()].get("Resources"))


def settings(value: object) -> Iterator[tuple[str, object]]:
    """Yield the name and value of every property, however deep it stands."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name, inner
            yield from settings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from settings(inner)

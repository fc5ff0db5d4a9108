"""Put values in the place of `Get`, `Std:Join` and `Std:JsonGet`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document, Value, as_text
from penstock.targets.local.property_files import PathError, look_up


def _no_property_file(step: str, name: str) -> Any:
    raise StepError(
        Problem(
            f"the property file {name} of step {step} cannot be read before the step has run.",
            remedy="Read it in a later step.",
        )
    )


def _no_json(uri: str) -> Any:
    raise StepError(Problem(f"{uri} cannot be read before the run.", remedy="Read it in a step."))


@dataclass(frozen=True, slots=True)
class Scope:
    """What references can see.

    `properties` holds, by step, what the service's Describe call would answer.
    """

    parameters: Mapping[str, Value]
    execution: Mapping[str, str]
    properties: Mapping[str, Document] = field(default_factory=dict)
    read_property_file: Callable[[str, str], Any] = _no_property_file
    read_json: Callable[[str], Any] = _no_json


def resolve(value: Any, scope: Scope) -> Any:
    """Return the value with every reference replaced.

    Raises:
        StepError: A reference leads nowhere; known only while running.
    """
    if isinstance(value, list):
        return [resolve(member, scope) for member in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Get"}:
        return _get(str(value["Get"]), scope)
    if set(value) == {"Std:Join"}:
        join = value["Std:Join"]
        parts = [as_text(resolve(member, scope)) for member in join.get("Values") or []]
        return str(join.get("On", "")).join(parts)
    if set(value) == {"Std:JsonGet"}:
        return _json_get(value["Std:JsonGet"], scope)
    return {key: resolve(member, scope) for key, member in value.items()}


def _get(path: str, scope: Scope) -> Any:
    kind, _, rest = path.partition(".")
    if kind == "Parameters":
        return scope.parameters[rest]
    if kind == "Execution":
        if rest not in scope.execution:
            raise StepError(
                Problem(
                    f"{path} has no value in this step.",
                    remedy="Use another execution variable.",
                )
            )
        return scope.execution[rest]
    step, _, inner = rest.partition(".")
    try:
        return look_up(scope.properties.get(step, {}), inner)
    except PathError as error:
        raise StepError(
            Problem(f"{path} has no value: {error}.", remedy=f"Look at what step {step} gives.")
        ) from error


def _json_get(arguments: Document, scope: Scope) -> Any:
    path = str(arguments.get("Path"))
    if "PropertyFile" in arguments:
        reference = str(arguments["PropertyFile"].get("Get"))
        _, step, _, name = reference.split(".", 3)
        content, source = scope.read_property_file(step, name), f"property file {name} of {step}"
    else:
        uri = as_text(resolve(arguments.get("S3Uri"), scope))
        content, source = scope.read_json(uri), uri
    try:
        return look_up(content, path)
    except PathError as error:
        raise StepError(Problem(f"{error}.", source)) from error

"""What a definition needs of this machine: all that is lacking is told before anything starts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from penstock.errors import DefinitionError, Problem, RequestError
from penstock.targets.local.definition import Definition, Step, references
from penstock.targets.local.images import Images
from penstock.targets.local.references import Scope, resolve
from penstock.targets.local.steps.attempt import Function
from penstock.targets.local.steps.lambda_function import function_names, missing_function
from penstock.targets.local.steps.model import model_container

_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification.ImageUri", "ProcessingResources.ClusterConfig"),
    "Training": ("AlgorithmSpecification.TrainingImage", "OutputDataConfig.S3OutputPath"),
    "Transform": (
        "ModelName",
        "TransformInput.DataSource.S3DataSource.S3Uri",
        "TransformOutput.S3OutputPath",
    ),
}
"""What the executor reads of the arguments of every step of a type; the service requires it too."""

_LISTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Processing": {
        "ProcessingInputs": ("InputName",),
        "ProcessingOutputConfig.Outputs": ("OutputName",),
    },
    "Training": {
        "InputDataConfig": ("ChannelName",),
        "AlgorithmSpecification.MetricDefinitions": ("Name", "Regex"),
    },
}
_PARTS: Mapping[str, tuple[str, ...]] = {
    "S3Input": ("S3Uri",),
    "S3Output": ("S3Uri", "LocalPath"),
    "S3DataSource": ("S3Uri",),
}
"""By a member that may be absent, what it has to hold where it is there."""


def require_members(definition: Definition) -> None:
    """Refuse steps whose arguments lack what no run can do without.

    Raises:
        DefinitionError: Every such member.
    """
    problems = [
        Problem(
            f"it has no {path} that can be read.",
            f"step {step.name}",
            "Add it to the step's Arguments; the service requires it, too.",
        )
        for step in definition.steps.values()
        for path in _lacking(definition, step)
    ]
    if problems:
        raise DefinitionError(problems)


def require_stand_ins(
    definition: Definition, images: Images, functions: Mapping[str, Function], scope: Scope
) -> None:
    """Refuse a run of images and Lambda functions that nothing on this machine stands for.

    Raises:
        RequestError: Every such image and function.
    """
    users: dict[str, list[str]] = {}
    missing = []
    for step in definition.steps.values():
        expression = _image(definition, step)
        if expression is not None and _is_known(expression):
            users.setdefault(str(resolve(expression, scope)), []).append(step.name)
        function = step.document.get("FunctionArn")
        if step.type == "Lambda" and _is_known(function):
            names = function_names(step.name, str(resolve(function, scope) or ""))
            if not any(name in functions for name in names):
                missing.append(missing_function(step.name, names, f"step {step.name}"))
    unknown = [images.problem(image, _steps(names)) for image, names in users.items()]
    problems = [problem for problem in unknown if problem is not None] + missing
    if problems:
        raise RequestError(problems)


def _steps(names: list[str]) -> str:
    return f"step {names[0]}" if len(names) == 1 else f"steps {', '.join(names)}"


def _lacking(definition: Definition, step: Step) -> Iterator[str]:
    served = step.type == "Model" and _is_served(definition, step.name)
    if served and model_container(step.arguments).get("Image") is None:
        yield "PrimaryContainer.Image"
    for path in _MEMBERS.get(step.type, ()):
        if _at(step.arguments, path) is None:
            yield path
    for path, members in _LISTS.get(step.type, {}).items():
        entries = _at(step.arguments, path)
        if entries is not None and not isinstance(entries, list):
            yield path
            continue
        for number, entry in enumerate(entries or []):
            for member in members:
                if _at(entry, member) is None:
                    yield f"{path}[{number}].{member}"
            yield from _lacking_parts(entry, f"{path}[{number}]")


def _lacking_parts(entry: Any, place: str) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        return
    for name, value in entry.items():
        for member in _PARTS.get(name, ()):
            if _at(value, member) is None:
                yield f"{place}.{name}.{member}"
        yield from _lacking_parts(value, f"{place}.{name}")


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _image(definition: Definition, step: Step) -> Any:
    if step.type == "Processing":
        return _at(step.arguments, "AppSpecification.ImageUri")
    if step.type == "Training":
        return _at(step.arguments, "AlgorithmSpecification.TrainingImage")
    if step.type == "Model" and _is_served(definition, step.name):
        return model_container(step.arguments).get("Image")
    return None


def _is_served(definition: Definition, model: str) -> bool:
    return any(
        path.startswith(f"Steps.{model}.")
        for step in definition.steps.values()
        if step.type == "Transform"
        for path in references(step.arguments.get("ModelName"))
    )


def _is_known(expression: Any) -> bool:
    """Return whether a value can be known before the run."""
    return "Steps." not in json.dumps(expression) and '"Std:JsonGet"' not in json.dumps(expression)

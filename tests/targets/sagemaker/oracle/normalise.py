"""Frees a definition of what means nothing, so that two can be compared for equality.

Every rule names what it takes away and why that changes nothing; there is no other. Order of keys
needs no rule: JSON objects have none, and Python compares dictionaries without it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

# What ModelBuilder tells the serving code of its own framework images. An empty program and the
# region, which the service sets in every container, say nothing to an image of one's own.
MODEL_BUILDER_ENVIRONMENT = (
    "SAGEMAKER_PROGRAM",
    "SAGEMAKER_SUBMIT_DIRECTORY",
    "SAGEMAKER_CONTAINER_LOG_LEVEL",
    "SAGEMAKER_REGION",
)


def without_empty_top(definition: dict[str, Any]) -> None:
    """`Metadata: {}` and `MlflowConfig: null`: the SDK writes both for a pipeline that has none."""
    for key, empty in (("Metadata", {}), ("MlflowConfig", None)):
        if key in definition and definition[key] == empty:
            del definition[key]


def without_empty_inputs(definition: dict[str, Any]) -> None:
    """An empty `ProcessingInputs`: the list's minimum is 0, so leaving it out is the same."""
    for job in arguments_of(definition, "Processing"):
        if job.get("ProcessingInputs") == []:
            del job["ProcessingInputs"]


def without_framework_environment(definition: dict[str, Any]) -> None:
    """The environment that ModelBuilder adds to a registered container."""
    for package in arguments_of(definition, "RegisterModel"):
        for container in package["InferenceSpecification"]["Containers"]:
            environment = container.get("Environment", {})
            for name in MODEL_BUILDER_ENVIRONMENT:
                environment.pop(name, None)
            if not environment:
                container.pop("Environment", None)


def without_empty_metrics(definition: dict[str, Any]) -> None:
    """Empty `Bias` and `Explainability`: the SDK writes them for a model without such reports."""
    for package in arguments_of(definition, "RegisterModel"):
        metrics = package.get("ModelMetrics", {})
        for key in [key for key, value in metrics.items() if value == {}]:
            del metrics[key]


def without_default_validation(definition: dict[str, Any]) -> None:
    """`SkipModelValidation: None`: it turns off nothing, as leaving it out does."""
    for package in arguments_of(definition, "RegisterModel"):
        if package.get("SkipModelValidation") == "None":
            del package["SkipModelValidation"]


def without_default_isolation(definition: dict[str, Any]) -> None:
    """`EnableNetworkIsolation: false`: it isolates nothing, as leaving it out does."""
    networks = [job.get("NetworkConfig", {}) for job in arguments_of(definition, "Processing")]
    for holder in (*networks, *arguments_of(definition, "Model")):
        if holder.get("EnableNetworkIsolation") is False:
            del holder["EnableNetworkIsolation"]


RULES: tuple[Callable[[dict[str, Any]], None], ...] = (
    without_empty_top,
    without_empty_inputs,
    without_framework_environment,
    without_empty_metrics,
    without_default_validation,
    without_default_isolation,
)


def normalised(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with every rule applied."""
    freed = copy.deepcopy(definition)
    for rule in RULES:
        rule(freed)
    return freed


def arguments_of(definition: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Yield the arguments of every step of a type, those inside conditions included."""

    def of(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for step in steps:
            if step["Type"] == kind:
                yield step["Arguments"]
            if step["Type"] == "Condition":
                yield from of(step["Arguments"]["IfSteps"])
                yield from of(step["Arguments"]["ElseSteps"])

    yield from of(definition["Steps"])

"""The parameters of a definition: those of the environment, then the pipeline's own."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from penstock.errors import Problem
from penstock.ir.pipeline import Parameter, Pipeline
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.approval import DEFAULT_QUEUE, QUEUE
from penstock.targets.sagemaker.network import NETWORK

ENVIRONMENT: tuple[dict[str, str], ...] = (
    {"Name": "Image", "Type": "String", "DefaultValue": "penstock:0.1.0"},
    {
        "Name": "Role",
        "Type": "String",
        "DefaultValue": "arn:aws:iam::000000000000:role/penstock",
    },
    {"Name": "ArtifactRoot", "Type": "String", "DefaultValue": "s3://penstock-artifacts"},
    {"Name": "CodeRoot", "Type": "String", "DefaultValue": "s3://penstock-artifacts/code"},
)
"""What differs between accounts; see docs/architecture.md."""

_TYPES = {
    ParameterType.STRING: "String",
    ParameterType.NUMBER_INTEGER: "Integer",
    ParameterType.NUMBER_DOUBLE: "Float",
    ParameterType.BOOLEAN: "Boolean",
    ParameterType.LIST: "String",
    ParameterType.STRUCT: "String",
}
_MOST = 200


def definition_parameters(
    pipeline: Pipeline,
    frozen: frozenset[str],
    needed: Collection[str] = (),
    *,
    waits: bool = False,
    in_network: bool = False,
) -> list[dict[str, Any]]:
    """Return the declarations; a frozen parameter is not offered, a needed one has no default.

    An optional parameter without a default is a String whose default is empty: the adapter then
    leaves it out, so that the component's own default holds. A pipeline that waits for people has
    the queue that tells them as a parameter of the environment, one whose jobs run in the
    environment's network that network.
    """
    declared: list[dict[str, Any]] = [dict(member) for member in ENVIRONMENT]
    if in_network:
        declared += [dict(member) for member in NETWORK]
    if waits:
        declared.append({"Name": QUEUE, "Type": "String", "DefaultValue": DEFAULT_QUEUE})
    for name, parameter in pipeline.interface.input_parameters.items():
        if name not in frozen and parameter.kind in _TYPES:
            declaration = _declaration(name, parameter)
            if name in needed:
                del declaration["DefaultValue"]
            declared.append(declaration)
    for name, slot in pipeline.interface.input_artifacts.items():
        if not slot.optional:
            declared.append({"Name": name, "Type": "String"})
    return declared


def parameter_problems(
    pipeline: Pipeline, frozen: frozenset[str], *, in_network: bool = False
) -> list[Problem]:
    """Return what is wrong with the pipeline's own parameters as a whole."""
    given = (*ENVIRONMENT, *NETWORK) if in_network else ENVIRONMENT
    reserved = {*(member["Name"] for member in given), QUEUE}
    names = [
        *(name for name in pipeline.interface.input_parameters if name not in frozen),
        *pipeline.interface.input_artifacts,
    ]
    problems = [
        Problem(
            f"the pipeline parameter `{name}` has the name of a parameter of the environment.",
            f"pipeline {pipeline.name}",
            f"Rename it; reserved are {', '.join(sorted(reserved))}.",
        )
        for name in names
        if name in reserved
    ]
    if len(names) + len(reserved) > _MOST:
        problems.append(
            Problem(
                f"the pipeline has {len(names)} parameters; SageMaker allows {_MOST} with the "
                f"{len(reserved)} of the environment.",
                f"pipeline {pipeline.name}",
                "Gather them in one parameter of type dict.",
            )
        )
    return problems


def _declaration(name: str, parameter: Parameter) -> dict[str, Any]:
    kind = _TYPES[parameter.kind]
    if parameter.optional and not parameter.has_default:
        return {"Name": name, "Type": "String", "DefaultValue": ""}
    declared: dict[str, Any] = {"Name": name, "Type": kind}
    if parameter.has_default:
        default = parameter.default
        if parameter.kind in (ParameterType.LIST, ParameterType.STRUCT):
            default = json.dumps(default)
        declared["DefaultValue"] = default
    return declared

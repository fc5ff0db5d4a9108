"""Writes values as SageMaker's expressions: `Get`, `Std:Join`, `Std:JsonGet`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.errors import Problem
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.templates import written
from penstock.targets.sagemaker.values import (
    ExecutionVariable,
    Listed,
    Literal,
    PipelineParameter,
    StepOutput,
    Text,
    Value,
)

Expression = Any
"""A JSON scalar, or an object with one of the keys `Get`, `Std:Join`, `Std:JsonGet`."""

EXECUTION_ID: Mapping[str, str] = {"Get": "Execution.PipelineExecutionId"}

PARAMETERS_FILE = "parameters"
"""Name of the output and of the PropertyFile that hold a step's output parameters."""


class RefusedValueError(Exception):
    """A value that SageMaker has no expression for at this place."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parameter(name: str) -> dict[str, str]:
    """Return the reference to a pipeline parameter."""
    return {"Get": f"Parameters.{name}"}


def join(separator: str, parts: list[Expression]) -> Expression:
    """Join parts; constants alone are joined here."""
    if all(isinstance(part, str) for part in parts):
        return separator.join(parts)
    return {"Std:Join": {"On": separator, "Values": parts}}


def json_get(step_name: str, path: str) -> Expression:
    """Return the reference to a member of a step's `parameters.json`."""
    return {
        "Std:JsonGet": {
            "PropertyFile": {"Get": f"Steps.{step_name}.PropertyFiles.{PARAMETERS_FILE}"},
            "Path": path,
        }
    }


def as_text(value: Value, names: Mapping[str, str], readable: frozenset[str]) -> Expression:
    """Write a value where SageMaker wants a text; whatever is no text goes through Std:Join.

    Args:
        value: The value.
        names: Step names by path.
        readable: Paths of the steps whose output parameters a property file holds.
    Raises:
        RefusedValueError: The value holds an output that no property file has, or a list of
        outputs.
    """
    match value:
        case Literal(value=content):
            return written(content)
        case PipelineParameter(name=name, kind=kind):
            get = parameter(name)
            return get if kind is not ParameterType.BOOLEAN and _is_text(kind) else join("", [get])
        case ExecutionVariable(name=name):
            return {"Get": f"Execution.{name}"}
        case StepOutput():
            return join("", [as_scalar(value, names, readable)])
        case Text(parts=parts):
            return join("", [_part(part, names, readable) for part in parts])
        case Listed(items=items) if all(_is_number(item) for item in items):
            members: list[Expression] = []
            for item in items:
                members += [", " if members else "[", _part(item, names, readable)]
            return join("", [*members, "]"])
        case _:
            raise RefusedValueError(
                Problem(
                    "a list or object of outputs cannot be written as a text here.",
                    remedy="Make the text in a component.",
                )
            )


def as_scalar(value: Value, names: Mapping[str, str], readable: frozenset[str]) -> Expression:
    """Write a value where SageMaker compares values of any scalar type.

    Raises:
        RefusedValueError: As in `as_text`.
    """
    match value:
        case Literal(value=content) if not isinstance(content, list | dict):
            return content
        case PipelineParameter(name=name):
            return parameter(name)
        case StepOutput(step=step, output=output, path=path):
            if step not in readable:
                raise RefusedValueError(
                    Problem(
                        f"the output parameter `{output}` of `{names[step]}` is read by the "
                        "pipeline itself, and only a processing step that runs Python gives it in "
                        "a form that SageMaker can read.",
                        remedy="Return the value from a processing component.",
                    )
                )
            return json_get(names[step], json_path((output, *path)))
        case _:
            return as_text(value, names, readable)


def json_path(parts: tuple[str | int, ...]) -> str:
    """Return the JsonPath of a member; a name that is no plain word stands in brackets."""
    written_path = ""
    for part in parts:
        if isinstance(part, int):
            written_path += f"[{part}]"
        elif part.replace("_", "a").isalnum():
            written_path += f".{part}" if written_path else part
        else:
            written_path += f"[{json.dumps(part)}]"
    return written_path


def _part(value: Value, names: Mapping[str, str], readable: frozenset[str]) -> Expression:
    if isinstance(value, StepOutput | PipelineParameter):
        return as_scalar(value, names, readable)
    return as_text(value, names, readable)


def _is_number(value: Value) -> bool:
    numbers = (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)
    return isinstance(value, StepOutput) and value.kind in numbers and not value.path


def _is_text(kind: ParameterType) -> bool:
    return kind in (ParameterType.STRING, ParameterType.LIST, ParameterType.STRUCT)

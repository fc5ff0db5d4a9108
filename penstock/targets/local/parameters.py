"""Bind the values of a run to the parameters of a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.errors import Problem, RequestError
from penstock.targets.local.definition import Definition, Parameter
from penstock.targets.local.documents import Value
from penstock.targets.local.structure import near


def bind_parameters(definition: Definition, given: Mapping[str, Value]) -> dict[str, Value]:
    """Return every parameter's value: the one given, else the default.

    Raises:
        RequestError: Names that the definition does not declare, values of another type, and
            parameters with neither value nor default; all of them.
    """
    problems = [
        Problem(
            f"the pipeline has no parameter {name}.",
            "parameters",
            near(name, definition.parameters),
        )
        for name in given
        if name not in definition.parameters
    ]
    values: dict[str, Value] = {}
    for name, parameter in definition.parameters.items():
        value = given.get(name, parameter.default)
        if value is None:
            problems.append(
                Problem(
                    f"parameter {name} has no value and no default.",
                    "parameters",
                    f"Give one of type {parameter.type}.",
                )
            )
            continue
        wrong = list(_value_problems(parameter, value))
        problems.extend(wrong)
        if not wrong:
            values[name] = _fit(parameter, value)
    if problems:
        raise RequestError(problems)
    return values


def _value_problems(parameter: Parameter, value: Value) -> Iterator[Problem]:
    if not _is_of_type(parameter.type, value):
        yield Problem(
            f"parameter {parameter.name} is {value!r}.",
            "parameters",
            f"It must be of type {parameter.type}.",
        )
    elif parameter.allowed and value not in parameter.allowed:
        yield Problem(
            f"parameter {parameter.name} is {value!r}.",
            "parameters",
            f"Use one of: {', '.join(map(str, parameter.allowed))}.",
        )


def _is_of_type(kind: str, value: Value) -> bool:
    if isinstance(value, bool):
        return kind == "Boolean"
    if isinstance(value, int):
        return kind == "Integer" or (kind == "Float" and _fits_a_float(value))
    if isinstance(value, float):
        return kind == "Float"
    return kind == "String" and isinstance(value, str)


def _fits_a_float(value: int) -> bool:
    try:
        float(value)
    except OverflowError:
        return False
    return True


def _fit(parameter: Parameter, value: Value) -> Value:
    if parameter.type == "Float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value

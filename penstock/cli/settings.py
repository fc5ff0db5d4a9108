"""Reads `--set NAME=VALUE` by the types that a definition declares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from penstock.errors import Problem, RequestError

ScalarValue = str | int | float | bool
Value = ScalarValue | list[Any] | dict[str, Any]


def declared_types(definition: Mapping[str, Any]) -> dict[str, str]:
    """Return name → type of a SageMaker definition's parameters."""
    parameters = definition.get("Parameters")
    return {
        str(parameter.get("Name")): str(parameter.get("Type"))
        for parameter in (parameters if isinstance(parameters, list) else [])
        if isinstance(parameter, dict)
    }


def read_settings(given: Iterable[str], types: Mapping[str, str]) -> dict[str, Value]:
    """Return the values by name; the last one of a name counts.

    Args:
        given: Texts of the form NAME=VALUE.
        types: What the definition declares: a type of SageMaker's, or Document for a list or a
            mapping written as JSON.

    Raises:
        RequestError: A text has another form, names no parameter, or holds no value of its type;
            every one is listed.
    """
    from penstock.cli.lazy_group import unknown

    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for text in given:
        name, equals, value = text.partition("=")
        where = f"--set {text}"
        if not equals or not name:
            problems.append(Problem("a setting has the form NAME=VALUE.", where))
        elif name not in types:
            problems.append(Problem(unknown("parameter", name, sorted(types)), where))
        else:
            try:
                values[name] = _READERS.get(types[name], str)(value)
            except ValueError:
                problems.append(Problem(f"{value!r} is {_NEEDED[types[name]]}.", where))
    if problems:
        raise RequestError(problems)
    return values


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(text)
    return lowered == "true"


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _document(text: str) -> Any:
    import json

    return json.loads(text)


_READERS: Mapping[str, Any] = {
    "Integer": int,
    "Float": _number,
    "Boolean": _boolean,
    "String": str,
    "Document": _document,
}
_NEEDED = {
    "Integer": "no whole number",
    "Float": "no finite number",
    "Boolean": "neither true nor false",
    "Document": "no JSON",
}

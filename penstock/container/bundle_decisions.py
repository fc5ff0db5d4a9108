"""Conditions, selectors and placeholders that are decided while a bundle runs."""

from __future__ import annotations

import json
import operator
import re
from typing import Any

from penstock.container.failures import AdapterError
from penstock.container.values import as_text

_PLACEHOLDER = re.compile(r"\{\{\$\.(?:inputs\.parameters\[['\"](.*?)['\"]\]|(\w+))\}\}")
_COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def decided(condition: list[Any], values: dict[str, Any]) -> bool:
    """Return whether a parsed condition holds for the values.

    Raises:
        AdapterError: A value is missing, or two sides cannot be compared.
    """
    head = condition[0]
    if head == "!":
        return not decided(condition[1], values)
    if head == "&&":
        return all(decided(part, values) for part in condition[1:])
    if head == "||":
        return any(decided(part, values) for part in condition[1:])
    if head in _COMPARE:
        left, right = _operand(condition[1], values), _operand(condition[2], values)
        try:
            return bool(_COMPARE[head](left, right))
        except TypeError:
            raise AdapterError(f"{left!r} and {right!r} cannot be compared.") from None
    return _operand(condition, values) is True


def selected(value: Any, path: list[Any]) -> Any:
    """Return the part of a value; a text on the way is read as JSON."""
    for key in path:
        content = json.loads(value) if isinstance(value, str) else value
        try:
            value = content[key]
        except (KeyError, IndexError, TypeError):
            raise AdapterError(f"{content!r} has no part {key!r}.") from None
    return value


def filled(value: Any, values: dict[str, Any], facts: dict[str, str]) -> Any:
    """Replace the placeholders of a constant, at any depth.

    Args:
        value: The constant.
        values: The task's inputs.
        facts: Of the run and the task, by the name of their placeholder.
    Raises:
        AdapterError: A placeholder asks for a fact that the job has not.
    """
    if isinstance(value, list):
        return [filled(member, values, facts) for member in value]
    if isinstance(value, dict):
        return {
            filled(key, values, facts): filled(member, values, facts)
            for key, member in value.items()
        }
    if not isinstance(value, str):
        return value

    def replaced(match: Any) -> str:
        if match[1] is not None:
            return as_text(values.get(match[1], ""))
        if match[2] not in facts:
            raise AdapterError(f"the job does not know `{match[0]}`.")
        return facts[match[2]]

    return _PLACEHOLDER.sub(replaced, value)


def _operand(operand: list[Any], values: dict[str, Any]) -> Any:
    if operand[0] == "given":
        return operand[1]
    if operand[0] == "input":
        if operand[1] not in values:
            raise AdapterError(f"the condition compares `{operand[1]}`, which has no value.")
        return values[operand[1]]
    if operand[0] == "cast":
        value = _operand(operand[2], values)
        try:
            if operand[1] == "int":
                return int(float(value))
            return float(value) if operand[1] == "double" else value
        except (TypeError, ValueError):
            raise AdapterError(f"{value!r} is no number.") from None
    return decided(operand, values)

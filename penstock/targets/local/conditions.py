"""Evaluate the conditions of a Condition step."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def holds(condition: Document) -> bool:
    """Return whether a condition, its references already resolved, is true.

    Raises:
        StepError: The two sides are of kinds that cannot be compared, or the type is unknown.
    """
    kind = condition.get("Type")
    if kind == "Not":
        return not holds(condition["Condition"])
    if kind == "Or":
        return any([holds(member) for member in condition["Conditions"]])
    if kind == "In":
        query = condition["QueryValue"]
        return any([_compare("Equals", query, member) for member in condition["Values"]])
    if kind in _COMPARISONS:
        return _compare(kind, condition["LeftValue"], condition["RightValue"])
    known = ", ".join(sorted([*_COMPARISONS, "In", "Not", "Or"]))
    raise StepError(Problem(f"conditions of type {kind} are unknown.", remedy=f"Use: {known}."))


def _compare(kind: str, left: Any, right: Any) -> bool:
    left_kind, right_kind = _kind(left), _kind(right)
    if left_kind != right_kind:
        raise StepError(
            Problem(
                f"{kind} compares {left!r} ({left_kind}) with {right!r} ({right_kind}).",
                remedy="Give both sides the same type.",
            )
        )
    return _COMPARISONS[kind](left, right)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "number"
    return "String" if isinstance(value, str) else type(value).__name__

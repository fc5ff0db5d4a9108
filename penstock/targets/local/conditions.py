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
_ORDERED = ("number", "String")


def holds(condition: Document) -> bool:
    """Return whether a condition, its references already resolved, is true.

    Every member is evaluated, so that one that cannot be compared is not hidden by another.

    Raises:
        StepError: The two sides are of kinds that cannot be compared, the type is unknown, or the
            condition lacks a member.
    """
    kind = _member(condition, "Type", str)
    if kind == "Not":
        return not holds(_member(condition, "Condition", Mapping))
    if kind == "Or":
        outcomes = [holds(member) for member in _member(condition, "Conditions", list)]
        return any(outcomes)
    if kind == "In":
        query = _member(condition, "QueryValue")
        equal = [_compare("Equals", query, member) for member in _member(condition, "Values", list)]
        return any(equal)
    if kind in _COMPARISONS:
        return _compare(kind, _member(condition, "LeftValue"), _member(condition, "RightValue"))
    known = ", ".join(sorted([*_COMPARISONS, "In", "Not", "Or"]))
    raise StepError(Problem(f"conditions of type {kind} are unknown.", remedy=f"Use: {known}."))


def _member(condition: Any, name: str, kind: type = object) -> Any:
    if not isinstance(condition, Mapping):
        raise StepError(Problem(f"{condition!r} is no condition.", remedy="Give it a Type."))
    if not isinstance(condition.get(name), kind) or name not in condition:
        raise StepError(
            Problem(
                f"a condition of type {condition.get('Type')} has no {name} that can be read.",
                remedy="Compile the definition again.",
            )
        )
    return condition[name]


def _compare(kind: str, left: Any, right: Any) -> bool:
    left_kind, right_kind = _kind(left), _kind(right)
    if left_kind != right_kind:
        raise StepError(
            Problem(
                f"{kind} compares {left!r} ({left_kind}) with {right!r} ({right_kind}).",
                remedy="Give both sides the same type.",
            )
        )
    if kind != "Equals" and left_kind not in _ORDERED:
        raise StepError(
            Problem(
                f"{kind} compares {left!r} with {right!r}, and a {left_kind} has no order.",
                remedy="Compare numbers or Strings, or use Equals.",
            )
        )
    return _COMPARISONS[kind](left, right)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "number"
    return "String" if isinstance(value, str) else type(value).__name__

"""Condition steps: which there are, what they decide, which steps stand in them.

Nested conditions are undocumented on SageMaker, so every branch becomes a Condition step of its
own at the top of the definition, which decides the conjunction of all conditions around it. An
inner condition that reads an output of a step of an outer branch is sound as well: a step starts
only when everything it refers to has completed, a step of the branch not taken never does, and so
the inner Condition step never starts. (`Conditions` is a conjunction; `Not` and `Or` exist, `And`
does not.)

An If and its Else that stand in no other branch become one Condition step with both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from penstock.errors import Problem
from penstock.ir.json_values import JsonValue
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.references import RefusedValueError, as_scalar
from penstock.targets.sagemaker.resolved_conditions import (
    Compared,
    Every,
    Negated,
    Resolved,
    Some,
    every,
    negate,
)
from penstock.targets.sagemaker.scopes import Scope
from penstock.targets.sagemaker.values import Literal, PipelineParameter, StepOutput, Value

_TYPES = {
    "==": "Equals",
    "<": "LessThan",
    "<=": "LessThanOrEqualTo",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqualTo",
}
_NUMBERS = (ParameterType.NUMBER_INTEGER, ParameterType.NUMBER_DOUBLE)
_MOST_CLAUSES = 100


@dataclass(frozen=True, slots=True)
class Branches:
    """One Condition step: `then` holds the paths of one branch, `otherwise` of its contrary."""

    path: str
    condition: Resolved
    scope: Scope
    then: tuple[str, ...]
    otherwise: tuple[str, ...] = ()


def branches_of(scopes: Mapping[str, Scope]) -> tuple[Branches, ...]:
    """Group step paths by their innermost branch, given that branch for each conditional step."""
    grouped: dict[str, tuple[Scope, list[str]]] = {}
    for path, scope in scopes.items():
        grouped.setdefault(scope.path, (scope, []))[1].append(path)
    found: list[Branches] = []
    for scope, paths in grouped.values():
        condition = every(tuple(outer.condition for outer in scope.chain()))
        pair = _partner(found, scope, condition)
        if pair is None:
            found.append(Branches(scope.path, condition, scope, tuple(paths)))
            continue
        first = found[pair]
        found[pair] = Branches(first.path, first.condition, first.scope, first.then, tuple(paths))
    return tuple(found)


def _partner(found: list[Branches], scope: Scope, condition: Resolved) -> int | None:
    for index, other in enumerate(found):
        if (
            not other.otherwise
            and scope.parent is None
            and other.scope.parent is None
            and other.scope.after == scope.after
            and other.scope.after_any == scope.after_any
            and other.condition == negate(condition)
        ):
            return index
    return None


def conditions(
    condition: Resolved, names: Mapping[str, str], readable: frozenset[str]
) -> list[dict[str, Any]]:
    """Return the conjunction as SageMaker's `Conditions`.

    Raises:
        RefusedValueError: Two sides of different types, or an output that SageMaker cannot read.
    """
    clauses = _clauses(condition)
    if len(clauses) > _MOST_CLAUSES:
        raise RefusedValueError(
            Problem(
                f"the condition unfolds to {len(clauses)} clauses.",
                remedy="Decide in a component that returns a bool.",
            )
        )
    written = []
    for clause in clauses:
        parts = [_leaf(part, names, readable) for part in clause]
        written.append(parts[0] if len(parts) == 1 else {"Type": "Or", "Conditions": parts})
    return written


def _clauses(condition: Resolved) -> list[tuple[Resolved, ...]]:
    """Return the conjunctive normal form: a conjunction of alternatives."""
    match condition:
        case Every(parts=parts):
            return [clause for part in parts for clause in _clauses(part)]
        case Some(parts=parts):
            return [
                tuple(leaf for clause in combination for leaf in clause)
                for combination in product(*(_clauses(part) for part in parts))
            ]
        case _:
            return [(condition,)]


def _leaf(
    condition: Resolved, names: Mapping[str, str], readable: frozenset[str]
) -> dict[str, Any]:
    if isinstance(condition, Negated):
        return {"Type": "Not", "Condition": _leaf(condition.condition, names, readable)}
    if not isinstance(condition, Compared):
        raise TypeError(condition)
    left, right = _same_kind(condition)
    comparison = {
        "Type": _TYPES.get(condition.operator, "Equals"),
        "LeftValue": as_scalar(left, names, readable),
        "RightValue": as_scalar(right, names, readable),
    }
    if condition.operator == "!=":
        return {"Type": "Not", "Condition": comparison}
    return comparison


def _same_kind(condition: Compared) -> tuple[Value, Value]:
    left, right = condition.left, condition.right
    kinds = [_kind(left), _kind(right)]
    if condition.cast in ("int", "double"):
        kinds = [kind or "a number" for kind in kinds]
        if "a text" in kinds:
            raise RefusedValueError(
                Problem(
                    "the condition compares a text as a number, which SageMaker does not.",
                    remedy="Declare the output or parameter as int or float.",
                )
            )
    if "" not in kinds and kinds[0] != kinds[1]:
        raise RefusedValueError(
            Problem(
                f"the condition compares {kinds[0]} with {kinds[1]}.",
                remedy="Give both sides the same type.",
            )
        )
    if "an object or list" in kinds:
        raise RefusedValueError(
            Problem(
                "the condition compares an object or a list.",
                remedy="Compare in a component and return a bool.",
            )
        )
    return left, right


def _kind(value: Value) -> str:
    match value:
        case Literal(value=content):
            return _kind_of_constant(content)
        case StepOutput(path=path) if path:
            return ""
        case StepOutput(kind=kind) | PipelineParameter(kind=kind):
            if kind in _NUMBERS:
                return "a number"
            if kind is ParameterType.BOOLEAN:
                return "a truth value"
            return "a text" if kind is ParameterType.STRING else "an object or list"
        case _:
            return "a text"


def _kind_of_constant(content: JsonValue) -> str:
    if isinstance(content, bool):
        return "a truth value"
    if isinstance(content, int | float):
        return "a number"
    return "a text" if isinstance(content, str) else "an object or list"

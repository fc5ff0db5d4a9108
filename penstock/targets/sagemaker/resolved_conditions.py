"""Conditions whose operands are resolved, and what can be decided of them before any run."""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from penstock.ir import conditions as ir
from penstock.targets.sagemaker.values import Literal, Value

_DECIDE: Mapping[str, Callable[[typing.Any, typing.Any], object]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison; `cast` is the conversion that KFP asked for on either side."""

    operator: ir.Operator
    left: Value
    right: Value
    cast: str = ""


@dataclass(frozen=True, slots=True)
class Negated:
    """The contrary."""

    condition: Resolved


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; no part means true."""

    parts: tuple[Resolved, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; no part means false."""

    parts: tuple[Resolved, ...]


Resolved = Compared | Negated | Every | Some

ALWAYS = Every(())
NEVER = Some(())


def resolve(condition: ir.Condition, inputs: Mapping[str, Value]) -> Resolved:
    """Put values in the place of inputs and decide what is decided by constants alone.

    Raises:
        LookupError: The condition names an input that the task has not.
    """
    match condition:
        case ir.Comparison(operator=sign, left=left, right=right):
            return _compared(sign, _operand(left, inputs), _operand(right, inputs))
        case ir.Not(condition=inner):
            return negate(resolve(inner, inputs))
        case ir.All(parts=parts):
            return every(tuple(resolve(part, inputs) for part in parts))
        case ir.Either(parts=parts):
            return negate(every(tuple(negate(resolve(part, inputs)) for part in parts)))
        case _:
            return _compared("==", _operand(condition, inputs), (Literal(True), ""))


def negate(condition: Resolved) -> Resolved:
    """Return the contrary, without double negation."""
    match condition:
        case Negated(condition=inner):
            return inner
        case Every(parts=()):
            return NEVER
        case Some(parts=()):
            return ALWAYS
        case Every(parts=parts):
            return Some(tuple(negate(part) for part in parts))
        case Some(parts=parts):
            return Every(tuple(negate(part) for part in parts))
        case _:
            return Negated(condition)


def every(parts: tuple[Resolved, ...]) -> Resolved:
    """Join parts by `and`, leaving out what always holds."""
    flat: list[Resolved] = []
    for part in parts:
        for inner in part.parts if isinstance(part, Every) else (part,):
            if inner == NEVER:
                return NEVER
            if inner not in flat:
                flat.append(inner)
    return flat[0] if len(flat) == 1 else Every(tuple(flat))


def operands(condition: Resolved) -> tuple[Value, ...]:
    """Return every value that the condition reads."""
    match condition:
        case Compared(left=left, right=right):
            return (left, right)
        case Negated(condition=inner):
            return operands(inner)
        case Every(parts=parts) | Some(parts=parts):
            return tuple(value for part in parts for value in operands(part))


def _operand(condition: ir.Condition, inputs: Mapping[str, Value]) -> tuple[Value, str]:
    match condition:
        case ir.Given(value=value):
            return Literal(value), ""
        case ir.Input(name=name):
            return inputs[name], ""
        case ir.Cast(kind=kind, operand=inner):
            return _operand(inner, inputs)[0], kind
        case _:
            raise LookupError(condition)


def _compared(sign: ir.Operator, left: tuple[Value, str], right: tuple[Value, str]) -> Resolved:
    cast = left[1] or right[1]
    if isinstance(left[0], Literal) and isinstance(right[0], Literal):
        one, other = _convert(left[0].value, cast), _convert(right[0].value, cast)
        try:
            return ALWAYS if _DECIDE[sign](one, other) else NEVER
        except TypeError:
            raise LookupError(f"{one!r} and {other!r} cannot be compared") from None
    if isinstance(left[0], Literal) and not isinstance(right[0], Literal):
        mirrored: Mapping[str, ir.Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
        return Compared(mirrored.get(sign, sign), right[0], left[0], cast)
    return Compared(sign, left[0], right[0], cast)


def _convert(value: object, cast: str) -> object:
    try:
        if cast == "int":
            return int(float(str(value)))
        if cast == "double":
            return float(str(value))
    except ValueError:
        raise LookupError(f"{value!r} is no number") from None
    return str(value) if cast == "string" else value

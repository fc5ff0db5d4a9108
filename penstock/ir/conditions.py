"""Parses the part of CEL that KFP's compiler writes as the condition of a task.

    condition  = conjunction { "||" conjunction }
    conjunction = negation { "&&" negation }
    negation   = "!" negation | comparison
    comparison = operand [ ( "==" | "!=" | "<=" | ">=" | "<" | ">" ) operand ]
    operand    = "(" condition ")" | ( "int" | "double" | "string" | "bool" ) "(" operand ")"
               | "inputs.parameter_values['name']" | number | text | "true" | "false"

KFP writes a compared text between single quotes without escaping it. A quote in the text therefore
ends it early, and what follows is refused here instead of being decided as something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from penstock.errors import DefinitionError, Problem

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
CastKind = Literal["int", "double", "string", "bool"]


@dataclass(frozen=True, slots=True)
class Given:
    """A value written in the condition."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the conditional task."""

    name: str


@dataclass(frozen=True, slots=True)
class Cast:
    """A conversion to the type that the comparison needs."""

    kind: CastKind
    operand: Operand


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands compared."""

    operator: Operator
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Condition, ...]


Operand = Given | Input | Cast
Condition = Comparison | Not | All | Either | Given | Input | Cast

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<input>inputs\.parameter_values\[(?:'[^'\\]*'|"[^"\\]*")\])
      | (?P<number>-?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.\d+|\d+))(?![\w.])
      | (?P<text>'[^'\\\n]*'|"[^"\\\n]*")
      | (?P<word>[A-Za-z_]\w*)
      | (?P<mark>\|\||&&|==|!=|<=|>=|<|>|!|\(|\))
    )""",
    re.VERBOSE,
)
_OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
_OPEN = "("
_TRUE = "true"
_CASTS = ("int", "double", "string", "bool")
_DEEPEST = 100


def parse_condition(text: str, where: str = "") -> Condition:
    """Parse a trigger condition.

    Raises:
        DefinitionError: The text is no condition of the kind that KFP writes; the message shows it.
    """
    return _Parser(text, where).parse()


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._text, self._where = text, where
        self._tokens = self._split()
        self._next = 0
        self._depth = 0

    def parse(self) -> Condition:
        condition = self._either()
        if self._next < len(self._tokens):
            raise self._refuse(f"at `{self._tokens[self._next][1]}`")
        return condition

    def _split(self) -> list[tuple[str, str]]:
        tokens, position = [], 0
        while self._text[position:].strip():
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise self._refuse(f"at `{self._text[position:].strip()[:20]}`")
            tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            position = match.end()
        return tokens

    def _either(self) -> Condition:
        parts = [self._all()]
        while self._take("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._negation()]
        while self._take("&&"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _negation(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refuse("because it is nested too deeply")
        try:
            if self._take("!"):
                return Not(self._negation())
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Condition:
        left = self._operand()
        kind, token = self._peek()
        if kind != "mark" or token not in _OPERATORS:
            return left
        self._next += 1
        right = self._operand()
        if not isinstance(left, Operand) or not isinstance(right, Operand):
            raise self._refuse(f"at `{token}`")
        if isinstance(left, Given) and isinstance(right, Given):
            raise self._refuse("because it compares two constants")
        return Comparison(cast(Operator, token), left, right)

    def _operand(self) -> Condition:
        kind, token = self._peek()
        self._next += 1
        if kind == "mark" and token == _OPEN:
            inner = self._either()
            self._expect(")")
            return inner
        if kind == "input":
            return Input(re.split("['\"]", token)[1])
        if kind == "number":
            return Given(int(token) if re.fullmatch(r"-?\d+", token) else float(token))
        if kind == "text":
            return Given(token[1:-1])
        if kind == "word" and token in ("true", "false"):
            return Given(token == _TRUE)
        if kind == "word" and token in _CASTS:
            self._expect("(")
            operand = self._operand()
            self._expect(")")
            if not isinstance(operand, Operand):
                raise self._refuse(f"at `{token}`")
            return Cast(cast(CastKind, token), operand)
        raise self._refuse(f"at `{token}`" if token else "because it ends too early")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("", "")

    def _take(self, mark: str) -> bool:
        if self._peek() == ("mark", mark):
            self._next += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            token = self._peek()[1]
            raise self._refuse(f"at `{token}`" if token else "because it ends too early")

    def _refuse(self, reason: str) -> DefinitionError:
        return DefinitionError(
            Problem(
                f"the condition `{self._text}` cannot be read {reason}.",
                self._where,
                "KFP does not escape a quote or a backslash in a compared text: compare in a "
                "component and return a bool.",
            )
        )

"""The conditions of a statement: missing keys, keys with several values, the sets of values.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "Single-valued vs.
multivalued context keys".
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from infra.policies.errors import PolicyError, Problem
from infra.policies.operators import OPERATORS
from infra.policies.patterns import Values
from infra.policies.request import Context

_ALL, _ANY = "ForAllValues", "ForAnyValue"
_IF_EXISTS = "IfExists"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one key. Make one with `parse_condition`.

    Attributes:
        name: The operator as it is written.
        key: As it is written.
        wanted: The policy's values.
        base: The operator without `ForAllValues:`, `ForAnyValue:` and `IfExists`.
        over: `ForAllValues`, `ForAnyValue` or empty.
        if_exists: Whether a missing key is as good as a match.
    """

    name: str
    key: str
    wanted: tuple[str, ...]
    base: str
    over: str
    if_exists: bool

    @property
    def negated(self) -> bool:
        """Whether it holds where the values differ."""
        return self.base != "Null" and OPERATORS[self.base].negated

    def holds(
        self, context: Context, values: Values | None, *, if_unknown: bool | None = None
    ) -> bool:
        """Tell whether the condition is met.

        Args:
            context: Of the request.
            values: Of the policy variables.
            if_unknown: What is assumed for a key that the context does not hold; None: such a key
                is missing from the request.

        Raises:
            PolicyError: The request has several values for a key that is compared as one.
        """
        key = self.key.lower()
        if if_unknown is not None and key not in context:
            return if_unknown
        given = context.get(key, ())
        if self.base == "Null":
            return any((wanted.lower() == "true") is (not given) for wanted in self.wanted)
        if not given and self.if_exists:
            return True
        if self.over:
            results = [self._matches(each, values) for each in given if each]
            return all(results) if self.over == _ALL else any(results)
        if not given:
            return OPERATORS[self.base].negated
        if len(given) > 1:
            what = f"the request has {len(given)} values of {self.key}, {self.name} compares one."
            raise PolicyError(Problem(what, "", f"Use {_ANY}:{self.name} or {_ALL}:{self.name}."))
        return self._matches(given[0], values)

    def _matches(self, given: str, values: Values | None) -> bool:
        operator = OPERATORS[self.base]
        variables = values if operator.takes_variables else None
        return operator.negated is not any(
            operator.compare(wanted, given, variables) for wanted in self.wanted
        )


def parse_condition(name: str, key: str, wanted: object) -> Condition:
    """Read one key of one operator.

    Args:
        name: The operator, such as `ForAnyValue:StringLikeIfExists`.
        key: Such as `aws:PrincipalTag/team`.
        wanted: A value or a list of values: strings, numbers, booleans.

    Raises:
        PolicyError: There is no such operator, or a value is none.
    """
    over, colon, rest = name.partition(":")
    if not colon:
        over, rest = "", name
    base = rest.removesuffix(_IF_EXISTS)
    known = base in OPERATORS and over in ("", _ALL, _ANY)
    if not known and name != "Null":
        near = difflib.get_close_matches(base, [*OPERATORS, "Null"], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        what = f"{name!r} is no condition operator."
        raise PolicyError(Problem(what, "", f"{hint}The names are those of the IAM User Guide."))
    listed = wanted if isinstance(wanted, list) else [wanted]
    texts = tuple(_text(value, name, key) for value in listed)
    return Condition(name, key, texts, base, over, rest != base)


def _text(value: object, name: str, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    what = f"{name} compares {key} with {value!r}, which is no value."
    raise PolicyError(Problem(what, "", "Write a string, a number or a boolean."))

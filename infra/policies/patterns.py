"""Wildcards and policy variables, as IAM reads them.

Sources: IAM User Guide, "IAM JSON policy elements: Resource", "IAM policy elements: Variables and
tags", "Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

Values = Callable[[str], str | None]
"""Gives the value of a policy variable, None where the request has none."""

UNKNOWN = "\0unknown"
"""The value of a variable that may have any value: it covers whatever stands in its place."""

ARN_FIELDS = 6
_WITH_VARIABLES = re.compile(r"\$\{([^{}]*)\}|([*?])|([^*?$]+|\$)")
_WITHOUT_VARIABLES = re.compile(r"(\0)|([*?])|([^*?]+)")
_DEFAULT = re.compile(r"^(.*?)\s*,\s*'(.*)'$")
_LITERALS = {"*": "*", "?": "?", "$": "$"}

_TEXT, _VALUE, _OPEN, _ANY, _ONE = "text", "value", "open", "any", "one"
_Pieces = tuple[tuple[str, str], ...]


def text_matches(
    pattern: str,
    text: str,
    values: Values | None = None,
    *,
    wild: bool = True,
    ignore_case: bool = False,
) -> bool:
    """Tell whether a pattern covers a whole text.

    Args:
        pattern: May hold `*` (any characters) and `?` (one character).
        text: What it is held against.
        values: Of the variables `${...}`; None: they are plain text. A variable without a value
            matches nothing. What comes from a variable is no wildcard.
        wild: Whether `*` and `?` are wildcards.
        ignore_case: Whether `A` is `a`.
    """
    pieces = _pieces(pattern, values)
    return pieces is not None and bool(_compiled(pieces, wild, ignore_case).fullmatch(text))


def arn_matches(
    pattern: str, arn: str, values: Values | None = None, *, complete: bool = False
) -> bool:
    """Tell whether a pattern covers an ARN, each of its six fields by itself.

    Args:
        pattern: `*` covers everything; a wildcard does not reach beyond its field.
        arn: The ARN; `*` stands for "no resource can be named", which only `*` covers.
        values: Of the variables; see `text_matches`.
        complete: Whether the fields that a pattern lacks are `*`, as in the element Resource.
    """
    if pattern == "*":
        return True
    fields = arn.split(":", ARN_FIELDS - 1)
    if len(fields) < ARN_FIELDS:
        return False
    if values is None or "$" not in pattern:
        patterns = _plain_fields(pattern, complete)
    else:
        patterns = _field_patterns(_pieces(pattern, values), complete)
    return len(patterns) == ARN_FIELDS and all(
        part.fullmatch(field) for part, field in zip(patterns, fields, strict=True)
    )


def field_count(pattern: str) -> int:
    """Return how many fields of an ARN a pattern has, at most six."""
    return len(_fields(_pieces(pattern, lambda name: name) or ()))


@lru_cache(maxsize=1 << 16)
def _plain_fields(pattern: str, complete: bool) -> tuple[re.Pattern[str], ...]:
    return _field_patterns(_pieces(pattern, None), complete)


def _field_patterns(pieces: _Pieces | None, complete: bool) -> tuple[re.Pattern[str], ...]:
    """Return an expression for each field; none at all where a variable has no value."""
    if pieces is None:
        return ()
    fields = _fields(pieces)
    if complete:
        fields += [((_ANY, "*"),)] * (ARN_FIELDS - len(fields))
    return tuple(_compiled(field, True, False) for field in fields)


def _pieces(pattern: str, values: Values | None) -> _Pieces | None:
    pieces = []
    token = _WITHOUT_VARIABLES if values is None else _WITH_VARIABLES
    for variable, wildcard, text in token.findall(pattern):
        if wildcard:
            pieces.append((_ANY if wildcard == "*" else _ONE, wildcard))
        elif text or values is None:
            pieces.append((_TEXT, text))
        else:
            value = _value(variable, values)
            if value is None:
                return None
            pieces.append((_OPEN, "") if value == UNKNOWN else (_VALUE, value))
    return tuple(pieces)


def _value(variable: str, values: Values) -> str | None:
    if variable in _LITERALS:
        return _LITERALS[variable]
    with_default = _DEFAULT.match(variable)
    name = with_default[1] if with_default else variable
    value = values(name)
    return with_default[2] if value is None and with_default else value


def _fields(pieces: _Pieces) -> list[_Pieces]:
    fields: list[list[tuple[str, str]]] = [[]]
    for kind, text in pieces:
        first, *more = text.split(":", ARN_FIELDS - len(fields)) if kind == _TEXT else [text]
        fields[-1].append((kind, first))
        fields += [[(kind, part)] for part in more]
    return [tuple(field) for field in fields]


@lru_cache(maxsize=1 << 16)
def _compiled(pieces: _Pieces, wild: bool, ignore_case: bool) -> re.Pattern[str]:
    def expressions() -> Iterator[str]:
        for kind, text in pieces:
            if kind == _OPEN:
                yield ".*"
            elif wild and kind in (_ANY, _ONE):
                yield ".*" if kind == _ANY else "."
            else:
                yield re.escape(text)

    return re.compile("".join(expressions()), re.DOTALL | (re.IGNORECASE if ignore_case else 0))

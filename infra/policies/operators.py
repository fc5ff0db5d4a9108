"""The condition operators of IAM policies: one value of a policy against one of a request.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from infra.policies.errors import PolicyError, Problem
from infra.policies.patterns import ARN_FIELDS, Values, arn_matches, field_count, text_matches

Comparison = Callable[[str, str, Values | None], bool]
"""A value of the policy, a value of the request, the policy variables."""


@dataclass(frozen=True, slots=True)
class Operator:
    """How values are compared.

    Attributes:
        compare: Whether two values match.
        negated: Whether the operator holds where they do not.
        takes_variables: Whether `${...}` in the policy's value is a variable.
    """

    compare: Comparison
    negated: bool = False
    takes_variables: bool = False


def _text(*, wild: bool, ignore_case: bool = False) -> Comparison:
    def compare(wanted: str, given: str, values: Values | None) -> bool:
        return text_matches(wanted, given, values, wild=wild, ignore_case=ignore_case)

    return compare


def _arn(wanted: str, given: str, values: Values | None) -> bool:
    if wanted != "*" and field_count(wanted) < ARN_FIELDS:
        raise _unfit(wanted, "ARN with six fields", "Write the fields between the colons.")
    return arn_matches(wanted, given, values)


def _bool(wanted: str, given: str, values: Values | None) -> bool:
    return text_matches(wanted, given, values, wild=False, ignore_case=True)


def _binary(wanted: str, given: str, _: Values | None) -> bool:
    return _bytes(wanted) == _bytes(given)


def _address(wanted: str, given: str, _: Values | None) -> bool:
    try:
        network = ipaddress.ip_network(wanted, strict=False)
        address = ipaddress.ip_address(given)
    except ValueError as error:
        raise _unfit(f"{wanted} or {given}", "address or range", "Write CIDR form.") from error
    return address.version == network.version and address in network


def _numeric(order: Callable[[Decimal, Decimal], bool]) -> Comparison:
    return lambda wanted, given, _: order(_number(given), _number(wanted))


def _dated(order: Callable[[datetime, datetime], bool]) -> Comparison:
    return lambda wanted, given, _: order(_moment(given), _moment(wanted))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _unfit(text, "Base64 text", "Encode it.") from error


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise _unfit(text, "number", "Write digits.") from error


def _moment(text: str) -> datetime:
    try:
        if text.isdecimal() and len(text) > 4:
            return datetime.fromtimestamp(int(text), UTC)
        whole = f"{text}-01-01"[:10] if len(text) < 10 else text
        moment = datetime.fromisoformat(whole)
    except ValueError as error:
        raise _unfit(text, "date", "Write ISO 8601 or seconds since 1970.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unfit(value: str, kind: str, remedy: str) -> PolicyError:
    return PolicyError(Problem(f"{value!r} is no {kind}.", "", remedy))


_EQUALS, _LIKE = _text(wild=False), _text(wild=True)
_IGNORE_CASE = _text(wild=False, ignore_case=True)

OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_EQUALS, takes_variables=True),
    "StringNotEquals": Operator(_EQUALS, negated=True, takes_variables=True),
    "StringEqualsIgnoreCase": Operator(_IGNORE_CASE, takes_variables=True),
    "StringNotEqualsIgnoreCase": Operator(_IGNORE_CASE, negated=True, takes_variables=True),
    "StringLike": Operator(_LIKE, takes_variables=True),
    "StringNotLike": Operator(_LIKE, negated=True, takes_variables=True),
    "ArnEquals": Operator(_arn, takes_variables=True),
    "ArnLike": Operator(_arn, takes_variables=True),
    "ArnNotEquals": Operator(_arn, negated=True, takes_variables=True),
    "ArnNotLike": Operator(_arn, negated=True, takes_variables=True),
    "Bool": Operator(_bool, takes_variables=True),
    "BinaryEquals": Operator(_binary),
    "IpAddress": Operator(_address),
    "NotIpAddress": Operator(_address, negated=True),
    **{
        f"{prefix}{suffix}": Operator(kind(order), negated)
        for prefix, kind in (("Numeric", _numeric), ("Date", _dated))
        for suffix, order, negated in (
            ("Equals", operator.eq, False),
            ("NotEquals", operator.eq, True),
            ("LessThan", operator.lt, False),
            ("LessThanEquals", operator.le, False),
            ("GreaterThan", operator.gt, False),
            ("GreaterThanEquals", operator.ge, False),
        )
    },
}

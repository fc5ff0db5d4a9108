"""Canonical JSON: one sequence of bytes for one value (RFC 8785)."""

import hashlib
import json
from typing import Any

import rfc8785

from penstock.errors import DataError, Problem


def canonical_json(value: Any) -> bytes:
    """Return the canonical form of a value made of what JSON knows.

    Raises:
        DataError: It holds something that JSON has no form for: NaN, an infinite number, a whole
            number beyond 2**53 - 1, text that is no Unicode, or another type.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise DataError(
            Problem(
                f"the value has no canonical JSON form: {error}.",
                remedy="Use null for what is not defined, and text for large whole numbers.",
            )
        ) from error


def digest_of(content: bytes) -> str:
    """Return `sha256:<hex>` of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_canonical(content: bytes, where: str) -> Any:
    """Return the value of canonical JSON.

    Args:
        content: The bytes.
        where: Their place, for messages.

    Raises:
        DataError: They are no JSON, or not in the canonical form: then bytes could differ while the
            value is the same.
    """
    try:
        value = json.loads(content.decode("utf-8"), parse_int=_number, parse_constant=_refuse)
        canonical = rfc8785.dumps(value)
    except (ValueError, RecursionError, UnicodeError) as error:
        raise DataError(
            Problem(f"the document is no JSON: {error}.", where, "Fetch it again.")
        ) from error
    if canonical != content:
        raise DataError(
            Problem(
                "the document is not in canonical form (RFC 8785), so it was altered.",
                where,
                "Fetch it again from the registry.",
            )
        )
    return value


def _number(digits: str) -> int | float:
    """Return a number as the canonical form has it: beyond 2**53 - 1 only floats have one."""
    value = int(digits)
    return value if abs(value) < 2**53 else float(digits)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")

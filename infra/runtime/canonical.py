"""The one form of JSON that is hashed and signed: sorted keys, no spaces, UTF-8."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return the one form of a value of texts, whole numbers, lists and objects.

    Raises:
        ValueError: It holds what JSON has no form for.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def read_canonical(content: bytes) -> Any:
    """Return the value of bytes in that form.

    Raises:
        ValueError: They are no JSON, or JSON in another form, such as with a key twice.
    """
    try:
        value = json.loads(content.decode())
        is_canonical = canonical_json(value) == content
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not is_canonical:
        raise ValueError("it is not in its canonical form")
    return value


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()

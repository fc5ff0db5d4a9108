"""JSON as parsed.

Service documents are open records: their members are looked up, not declared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Value: TypeAlias = str | int | float | bool
"""A scalar: what a pipeline parameter holds."""

Document: TypeAlias = Mapping[str, Any]
"""A JSON object of a shape that the service decides."""


def as_text(value: Any) -> str:
    """Return what a value becomes where the service wants a string: JSON, but text as it is."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def canonical(value: Any) -> bytes:
    """Return one byte form per JSON value, fit to be hashed.

    A lone surrogate, which JSON text may hold as an escape, is encoded as such.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    ).encode(errors="surrogatepass")


def objects(value: Any) -> Iterator[Document]:
    """Yield every JSON object in a value, outermost first."""
    if isinstance(value, Mapping):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for member in value:
            yield from objects(member)

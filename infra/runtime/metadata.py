"""Properties of a model as CustomerMetadataProperties of its package.

The service allows few signs, 256 of them, 50 times. A sign that is not allowed is written `=27`, as
its UTF-8 bytes; so are `=` itself and the first letter of a name that would be one of ours. A
longer value goes on under its name with `=+2`, an empty one is `=`. The registry of the engine
writes and reads the same form, and a test holds the two together.

Source: shapes CustomerMetadataMap, CustomerMetadataKey and CustomerMetadataValue of the API.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

OWN = "penstock."
"""How the entries begin that are no properties of a model."""

FORMAT, EVIDENCE, REPORT = f"{OWN}format", f"{OWN}evidence", f"{OWN}report"
MOST_ENTRIES = 50

_LONGEST_VALUE = 256
_SIGNS = frozenset("_.:/+-@")
_KINDS = ("L", "Z", "N")
_ESCAPED = re.compile(r"(?:=[0-9A-F]{2})+")
_PART = re.compile(r"(.*)=\+(\d+)", re.DOTALL)


def encode(properties: Mapping[str, str]) -> dict[str, str]:
    """Return properties as entries; what is too much for the service is for the caller to see."""
    entries: dict[str, str] = {}
    for name, value in properties.items():
        key = _escaped(name)
        if name.startswith(OWN):
            key = f"={ord(name[0]):02X}{key[1:]}"
        for number, part in enumerate(_parts(_escaped(value) or "="), start=1):
            entries[key if number == 1 else f"{key}=+{number}"] = part
    return entries


def decode(entries: Mapping[str, str]) -> dict[str, str]:
    """Return the properties among entries that `encode` made."""
    parts: dict[str, dict[int, str]] = {}
    for key, value in entries.items():
        if key.startswith(OWN):
            continue
        further = _PART.fullmatch(key)
        name, number = (further[1], int(further[2])) if further else (key, 1)
        parts.setdefault(name, {})[number] = value
    found = {}
    for name, pieces in parts.items():
        value = "".join(pieces[number] for number in sorted(pieces))
        found[_plain(name)] = "" if value == "=" else _plain(value)
    return found


def properties_of(entries: Mapping[str, str]) -> dict[str, str]:
    """Return the properties of a package, of one that a pipeline registered natively too."""
    return decode(entries) if FORMAT in entries else dict(entries)


def _allowed(sign: str) -> bool:
    return sign in _SIGNS or unicodedata.category(sign)[0] in _KINDS


def _escaped(text: str) -> str:
    return "".join(
        sign if _allowed(sign) else "".join(f"={byte:02X}" for byte in sign.encode())
        for sign in text
    )


def _plain(text: str) -> str:
    return _ESCAPED.sub(
        lambda found: bytes.fromhex(found[0].replace("=", "")).decode("utf-8", "replace"), text
    )


def _parts(value: str) -> list[str]:
    """Cut a value where it is too long, never within an escaped byte."""
    parts = []
    while len(value) > _LONGEST_VALUE:
        cut = _LONGEST_VALUE
        for back in (1, 2):
            if value[cut - back] == "=":
                cut -= back
                break
        parts.append(value[:cut])
        value = value[cut:]
    return [*parts, value]

"""Properties as CustomerMetadataProperties, which allow few signs, 256 of them, 50 times.

A sign that is not allowed is written `=27`, as its UTF-8 bytes; so are `=` itself and the first
letter of a name that would be one of ours. A longer value goes on under its name with `=+2`, an
empty one is `=`. Values that need none of it read in the console of AWS as they are.

Source: shapes CustomerMetadataMap, CustomerMetadataKey and CustomerMetadataValue of the API.
"""

import re
import unicodedata
from collections.abc import Mapping

from penstock.errors import Problem, RequestError

OWN = "penstock."
"""How the entries begin that are no properties of a candidate."""

_LONGEST_NAME, _LONGEST_VALUE, _MOST = 128, 256, 50
_SIGNS = frozenset("_.:/+-@")
_KINDS = ("L", "Z", "N")
_ESCAPED = re.compile(r"(?:=[0-9A-F]{2})+")
_PART = re.compile(r"(.*)=\+(\d+)", re.DOTALL)


def encode(properties: Mapping[str, str]) -> dict[str, str]:
    """Return properties as entries.

    Raises:
        RequestError: A name is longer, or there are more entries than the service takes.
    """
    entries: dict[str, str] = {}
    for name, value in properties.items():
        key = _escaped(name)
        if name.startswith(OWN):
            key = f"={ord(name[0]):02X}{key[1:]}"
        for number, part in enumerate(_parts(_escaped(value) or "="), start=1):
            entries[key if number == 1 else f"{key}=+{number}"] = part
    return entries


def check_entries(entries: Mapping[str, str], where: str) -> None:
    """Refuse entries that the service does not take.

    Raises:
        RequestError: A name is too long, or there are too many; all of it is listed.
    """
    problems = [
        Problem(
            f"the name of the property {name!r} takes {len(name)} signs; SageMaker allows "
            f"{_LONGEST_NAME}.",
            where,
            "Shorten it.",
        )
        for name in entries
        if len(name) > _LONGEST_NAME
    ]
    if len(entries) > _MOST:
        problems.append(
            Problem(
                f"the properties take {len(entries)} entries; SageMaker allows {_MOST}.",
                where,
                f"Give fewer or shorter ones; an entry holds {_LONGEST_VALUE} signs.",
            )
        )
    if problems:
        raise RequestError(problems)


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

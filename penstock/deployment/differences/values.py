"""Values of a definition in one line for people: references by name, secrets masked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

MASK = "(hidden)"

_SECRET = re.compile(
    r"(^|[^a-z])(secret|password|passwd|token|api_?key|private_?key|credentials?)([^a-z]|$)", re.I
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_KEY = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")


def value_text(path: str, value: Any, parameters: Mapping[str, str]) -> str:
    """Return a value in one line.

    Args:
        path: Where it stands; a name such as `DB_PASSWORD` in it hides the value.
        value: Of the definition, with references.
        parameters: Values of pipeline parameters that are known; others stay references.
    """
    if value is None:
        return "nothing"
    if _SECRET.search(_words(path)):
        return MASK
    return _hidden(_text(value, parameters))


def _text(value: Any, parameters: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    reference = _reference(value, parameters)
    if reference is not None:
        return reference
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key}: {_text(each, parameters)}" for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(_text(each, parameters) for each in value)}]"
    return json.dumps(value)


def _reference(value: Any, parameters: Mapping[str, str]) -> str | None:
    """Return a reference as people name it, with what is known filled in."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((kind, inner),) = value.items()
    if kind == "Get" and isinstance(inner, str):
        known = parameters.get(inner.removeprefix("Parameters."))
        return known if known and inner.startswith("Parameters.") else inner
    if kind == "Std:Join" and isinstance(inner, Mapping) and isinstance(inner.get("Values"), list):
        parts = [
            each if isinstance(each, str) else _reference(each, parameters) or str(each)
            for each in inner["Values"]
        ]
        return str(inner.get("On", "")).join(parts)
    if kind == "Std:JsonGet" and isinstance(inner, Mapping):
        file = _reference(inner.get("PropertyFile"), parameters) or str(inner.get("PropertyFile"))
        return f"{file}.{inner.get('Path', '')}"
    return None


def _words(path: str) -> str:
    """Return the last names of a path apart: `dbPassword` holds `password`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", path)


def _hidden(text: str) -> str:
    return _KEY.sub(MASK, _CREDENTIALS.sub(f"{MASK}@", text))

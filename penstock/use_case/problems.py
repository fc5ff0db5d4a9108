"""Pydantic's findings in this project's words, each with its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from penstock.errors import Problem
from penstock.lines import Document, Location
from penstock.use_case.schema import known_keys

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of `key: value` lines",
    "model_type": "a mapping of `key: value` lines",
    "model_attributes_type": "a mapping of `key: value` lines",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "greater than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def problem_of(error: Mapping[str, Any], document: Document) -> Problem:
    """Say what one of pydantic's errors means to the author of the file."""
    location: Location = error["loc"]
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    place = document.place(location)
    name = _name(location)
    if kind == "extra_forbidden":
        known = known_keys(location[:-1])
        return Problem(f"{location[-1]!r} is not a setting here.", place, _offer(name, known))
    if kind == "missing":
        return Problem(f"the setting {name!r} is missing.", place, f"Add `{name}: ...`.")
    if kind in ("literal_error", "enum"):
        options = [part.strip(" '") for part in _flat(context["expected"]).split(",")]
        return Problem(f"{name} {value!r} is unknown.", place, _offer(str(value), options))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        options = [part.strip(" '") for part in _flat(context.get("expected_tags", "")).split(",")]
        if kind == "union_tag_not_found":
            from penstock.use_case.candidates import KINDS

            what = f"candidate {name!r} has no kind."
            return Problem(what, place, f"Add `kind:` with one of: {', '.join(KINDS)}.")
        tag = context["tag"]
        where = document.place((*location, "kind"))
        return Problem(f"candidate kind {tag!r} is unknown.", where, _offer(tag, options))
    if kind in _TYPES:
        return Problem(f"{name} must be {_TYPES[kind]}, not {value!r}.", place)
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return Problem(f"{name} must be {words} {context[key]:g}, not {value!r}.", place)
    if kind in ("too_short", "dict_too_short"):
        return Problem(f"{name} must not be empty.", place)
    if kind == "string_pattern_mismatch":
        what = f"{name} {value!r} is not written as it must be."
        return Problem(what, place, f"It must match {context['pattern']}.")
    return Problem(f"{name}: {error['msg']}.", place)


def _name(location: Location) -> str:
    words = [part for part in location if isinstance(part, str)]
    return words[-1] if words else "use case"


def _flat(text: str) -> str:
    return text.replace(" or ", ", ")


def _offer(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}? " if near else ""
    return f"{hint}Use one of: {', '.join(known)}."

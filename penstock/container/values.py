"""Builds the values of a component's parameters from what the job was given."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from penstock.container.archives import unpacked_member
from penstock.container.arguments import Arguments, Given, Received
from penstock.container.failures import AdapterError
from penstock.container.layout import PARAMETERS, PARAMETERS_FILE, Layout

_PART = re.compile(r"\[(\d+|\"(?:[^\"\\]|\\.)*\")\]")
_JOB_IDENTITY = "{{job#0}}"
_TEMPLATE_PART = re.compile(r"\{\{([^{}]+#\d+)\}\}")


def parameter_values(
    arguments: Arguments, constants: dict[str, Any], layout: Layout
) -> dict[str, Any]:
    """Return every value by name, typed; parts of texts and URIs stand under `NAME#...`.

    Raises:
        AdapterError: A value is not of its kind, or the step that gives it wrote none.
    """
    values: dict[str, Any] = {
        name: value for name, value in constants.items() if not name.endswith("~")
    }
    templates: dict[str, str] = {
        name[:-1]: value for name, value in constants.items() if name.endswith("~")
    }
    parts: list[str] = []
    for name, given in arguments.values.items():
        if given.optional and not given.text:
            continue
        if given.template:
            templates[name] = given.text
            continue
        values[name] = _parsed(name, given)
        parts.append(name)
    for name, received in arguments.received.items():
        values[name] = _received(name, received, layout)
        parts.append(name)
    if any(_JOB_IDENTITY in text for text in templates.values()):
        values[_JOB_IDENTITY.strip("{}")] = str(uuid.uuid4())
    for name, text in templates.items():
        values[name] = _TEMPLATE_PART.sub(lambda match: as_text(values[match[1]]), text)
        parts.append(name)
    for name in sorted((name for name in values if _PART.search(name)), key=len):
        _place(values, name, values.pop(name))
    return values


def typed(kind: str, value: Any) -> Any:
    """Return a value as its declared kind: `5.0` of kind integer is `5`."""
    if value is None or isinstance(value, bool):
        return value
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "double" and isinstance(value, int):
        return float(value)
    return value


def parse(kind: str, text: str) -> Any:
    """Read a text as a value of a kind.

    Raises:
        ValueError: The text is of another kind.
    """
    readers: dict[str, Callable[[str], Any]] = {
        "string": str,
        "integer": _integer,
        "double": float,
        "boolean": _boolean,
        "list": json.loads,
        "struct": json.loads,
        "json": json.loads,
    }
    return readers[kind](text)


def as_text(value: Any) -> str:
    """Return how a value reads within a text."""
    return value if isinstance(value, str) else json.dumps(value)


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if number.is_integer():
            return int(number)
        raise


def _boolean(text: str) -> bool:
    if text.strip().lower() not in ("true", "false"):
        raise ValueError(text)
    return text.strip().lower() == "true"


def _parsed(name: str, given: Given) -> Any:
    if given.kind not in ("string", "integer", "double", "boolean", "list", "struct", "json"):
        raise AdapterError(f"the parameter `{name}` has the unknown kind `{given.kind}`.")
    try:
        return parse(given.kind, given.text)
    except ValueError:
        raise AdapterError(
            f"the parameter `{name}` is {given.text!r}, which is no {given.kind}."
        ) from None


def _received(name: str, received: Received, layout: Layout) -> Any:
    source, _, member = received.source.partition("#")
    folder = layout.inputs / source
    if member:
        folder = unpacked_member(folder, member, layout.unpacked / source)
    path = json.loads(received.output) if received.output.startswith("[") else [received.output]
    file = folder / PARAMETERS_FILE
    if file.is_file():
        value: Any = json.loads(file.read_text(encoding="utf-8"))
        keys = path
    else:
        raw = _raw(folder, str(path[0]), name)
        value, keys = parse(received.kind if len(path) == 1 else "json", raw), path[1:]
    for key in keys:
        if isinstance(value, str):
            value = json.loads(value)
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            raise AdapterError(
                f"the parameter `{name}` comes from `{source}`, which gave no {key!r}."
            ) from None
    return typed(received.kind, value)


def _raw(folder: Path, output: str, name: str) -> str:
    """A step without the adapter writes each value to a file of its own."""
    file = folder / output
    if not file.is_file():
        raise AdapterError(
            f"the parameter `{name}` comes from `{folder.name}`, which gave no {output!r}."
        )
    return file.read_text(encoding="utf-8")


def _place(values: dict[str, Any], name: str, value: Any) -> None:
    base = name[: name.index("[")]
    keys = [json.loads(part) for part in _PART.findall(name)]
    target = values[base]
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value


__all__ = ["PARAMETERS", "as_text", "parameter_values", "parse", "typed"]

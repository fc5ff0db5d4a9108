"""Where a candidate comes from: the facts of an evidence document as names and values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.console.views.fields import items, real, text, texts
from serving.console.views.figures import MISSING, count, number, words

_LONGEST_DOCUMENT = 300_000


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is known."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file of the pack."""

    path: str
    size: str
    digest: str


def facts(document: Mapping[str, Any], *keys: str) -> Sequence[Fact]:
    """Return what stands below some keys as names and values; several keys begin the names."""
    return [
        Fact(name, value, _is_code(value))
        for key in keys
        if document.get(key)
        for name, value in _flat(document[key], key if len(keys) > 1 else "")
    ]


def files(document: Mapping[str, Any]) -> Sequence[File]:
    """Return the files of the pack."""
    return [
        File(text(each.get("path")), count(real(each.get("size"))), text(each.get("sha256")))
        for each in items(document.get("files"))
    ]


def raw(document: Mapping[str, Any]) -> str:
    """Return the document as indented JSON, shortened where it is very long."""
    written = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True)
    if len(written) > _LONGEST_DOCUMENT:
        return (
            f"{written[:_LONGEST_DOCUMENT]}\n… shortened; the file evidence.json holds all of it."
        )
    return written


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(each, f"{name} {words(str(key))}".strip())
    elif isinstance(value, list):
        if any(isinstance(each, Mapping | list) for each in value):
            yield name, f"{count(len(value))} entries"
        else:
            yield name, ", ".join(texts(value)) or "none"
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif isinstance(value, int | float):
        yield name, f"{value:,}" if isinstance(value, int) else number(float(value), 4)
    elif value is None or value == "":
        yield name, MISSING
    else:
        yield name, str(value)


def _is_code(value: str) -> bool:
    return len(value) >= 20 and " " not in value

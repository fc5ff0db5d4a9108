"""What differs between two states of a use case's files, setting by setting."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from penstock.deployment.differences.change import Change
from penstock.deployment.differences.flat import flat
from penstock.deployment.differences.values import value_text

_PIN = re.compile(r"([^\"\s/@=]+)@sha256:([0-9a-f]{64})")

Files = Mapping[str, str]
"""Texts of a use case by file name."""


def pins(definition: str) -> Mapping[str, str]:
    """Return the use cases that a definition is pinned to: digest by name."""
    return dict(_PIN.findall(definition))


def is_other_pin(change: Change) -> bool:
    """Return whether nothing changed but the version of a use case that a step reads."""
    before, after = (_PIN.sub(r"\1", each) for each in (change.before, change.after))
    return before == after


def settings_changes(before: Files, after: Files) -> Sequence[Change]:
    """Compare the files of a use case: YAML by setting, other texts by line."""
    found: list[Change] = []
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name, ""), after.get(name, "")
        if one != other:
            found += _yaml(one, other) if name.endswith(".yaml") else _lines(name, one, other)
    return found


def _yaml(before: str, after: str) -> Iterator[Change]:
    old, new = dict(flat(_read(before))), dict(flat(_read(after)))
    changed = [
        path for path in dict.fromkeys((*old, *new)) if old.get(path, ...) != new.get(path, ...)
    ]
    if not changed:
        yield Change("use_case.yaml", "written otherwise", "the same settings")
    for path in changed:
        first, second = (value_text(path, each.get(path), {}) for each in (old, new))
        yield Change(path, first, second)


def _lines(name: str, before: str, after: str) -> Iterator[Change]:
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield Change(
                f"{name}:{new + 1}",
                " ".join(each.strip() for each in before.splitlines()[old:old_end]) or "nothing",
                " ".join(each.strip() for each in after.splitlines()[new:new_end]) or "nothing",
            )


def _read(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return {"use_case.yaml": text}

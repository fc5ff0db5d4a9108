"""The part of JSONPath that DataProcessing of a Transform job understands.

Source: "Associate Prediction Results with their Corresponding Input Records" in the SageMaker
developer guide: `$`, `.name`, `['name', ...]`, `[0, 2, 5:]`, negative places, slices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import Problem, StepError

_STEP = re.compile(r"\.(?P<name>[A-Za-z_][\w-]*)|\[(?P<inside>[^\]]*)\]")
_MEMBER = re.compile(r"\s*(?:'(?P<name>[^']*)'|(?P<slice>-?\d*:-?\d*)|(?P<place>-?\d+))\s*(?:,|$)")
_SYNTAX = "Write it like $, $[1:], $[0,-1], $.features or $['id','SageMakerOutput']."

_Part = str | int | slice


@dataclass(frozen=True, slots=True)
class _Step:
    parts: tuple[_Part, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path that was read. `text` is what the job says."""

    text: str
    steps: tuple[_Step, ...]

    @property
    def whole(self) -> bool:
        """Whether it selects everything."""
        return not self.steps

    def select(self, value: Any) -> Any:
        """Return what the path selects: a value, or a list or object of several.

        Raises:
            LookupError: A place or a name is not there.
        """
        for step in self.steps:
            value = _selected(value, step)
        return value


def read_path(text: str, where: str) -> JsonPath:
    """Read a path.

    Raises:
        StepError: It is none that the service reads.
    """
    steps: list[_Step] = []
    position = 1
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise _refusal(text, where)
        if match["name"] is not None:
            steps.append(_Step((match["name"],), single=True))
        else:
            steps.append(_step(match["inside"], text, where))
        position = match.end()
    if not text.startswith("$"):
        raise _refusal(text, where)
    return JsonPath(text, tuple(steps))


def _step(inside: str, text: str, where: str) -> _Step:
    parts: list[_Part] = []
    position = 0
    while position < len(inside):
        match = _MEMBER.match(inside, position)
        if match is None:
            raise _refusal(text, where)
        if match["name"] is not None:
            parts.append(match["name"])
        elif match["slice"] is not None:
            start, _, end = match["slice"].partition(":")
            parts.append(slice(int(start) if start else None, int(end) if end else None))
        else:
            parts.append(int(match["place"]))
        position = match.end()
    kinds = {isinstance(part, str) for part in parts}
    if len(kinds) != 1 or inside.rstrip().endswith(","):
        raise _refusal(text, where)
    return _Step(tuple(parts), single=len(parts) == 1 and not isinstance(parts[0], slice))


def _selected(value: Any, step: _Step) -> Any:
    if isinstance(step.parts[0], str):
        if not isinstance(value, Mapping):
            raise LookupError(f"{_shown(value)} has no members")
        for part in step.parts:
            if part not in value:
                raise LookupError(f"there is no {part!r}")
        if step.single:
            return value[step.parts[0]]
        return {part: value[part] for part in step.parts}
    if not isinstance(value, list):
        raise LookupError(f"{_shown(value)} is no list")
    found: list[Any] = []
    for part in step.parts:
        if isinstance(part, slice):
            _require_place(part.start, value)
            found += value[part]
        elif isinstance(part, int):
            _require_place(part, value)
            found.append(value[part])
    return found[0] if step.single else found


def _require_place(place: int | None, value: list[Any]) -> None:
    if place is not None and not -len(value) <= place < len(value):
        raise LookupError(f"there is no place {place} among {len(value)}")


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _refusal(text: str, where: str) -> StepError:
    return StepError(Problem(f"{text!r} is no JSONPath that the service reads.", where, _SYNTAX))

"""An earlier execution whose results a run may take, and what of it differs from the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError
from penstock.targets.local.cache import DECISIVE_ARGUMENTS
from penstock.targets.local.definition import Definition, Step
from penstock.targets.local.documents import Value, as_text
from penstock.targets.local.journal import read_journal
from penstock.targets.local.result import StepRun
from penstock.targets.local.state import (
    DEFINITION_FILE,
    JOURNAL_FILE,
    RunFacts,
    read_ended,
    read_facts,
    runs_by_age,
)
from penstock.targets.local.structure import read_definition

_PLACES = ("ArtifactRoot", "CodeRoot", "Role")
"""Parameters that name places and rights: they differ from run to run and decide nothing."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier execution: its definition, what it was started with and how its steps ended."""

    facts: RunFacts
    definition: Definition
    ended: Mapping[str, StepRun]

    def difference(self, step: Step, parameters: Mapping[str, Value]) -> str | None:
        """Return how a step's decisive arguments differ from those it ran with, if they do.

        Args:
            step: As the run to come has it.
            parameters: Values of the run to come.
        """
        before = self.definition.steps.get(step.name)
        if before is None:
            return "it had no such step"
        same = {name: value for name, value in parameters.items() if name in _PLACES}
        old = dict(_leaves(_settled(_decisive(before), {**self.facts.parameters, **same})))
        new = dict(_leaves(_settled(_decisive(step), parameters)))
        for place in (*new, *old):
            if old.get(place) != new.get(place):
                return f"{_shown(old.get(place))} there, {_shown(new.get(place))} here"
        return None


def read_reference(folder: Path) -> Reference:
    """Read an earlier execution.

    Raises:
        RequestError: There is none, or it is damaged.
        WorkError: Its journal is damaged.
    """
    facts = read_facts(folder)
    ended, _ = read_ended(read_journal(folder / JOURNAL_FILE))
    return Reference(facts, read_definition(folder / DEFINITION_FILE), ended)


def references_of(runs: Path, pipeline: str) -> Iterator[Reference]:
    """Yield the executions of a pipeline that can be read, the latest first."""
    for folder in runs_by_age(runs):
        try:
            if read_facts(folder).pipeline == pipeline:
                yield read_reference(folder)
        except PenstockError:
            # One that is damaged has no results to give.
            continue


def _decisive(step: Step) -> Any:
    names = DECISIVE_ARGUMENTS.get(step.type)
    return {name: value for name, value in step.arguments.items() if names is None or name in names}


def _settled(value: Any, parameters: Mapping[str, Value]) -> Any:
    """Return a value with its parameters in place; other references stay as they are."""
    if isinstance(value, list):
        return [_settled(member, parameters) for member in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Get"} and str(value["Get"]).startswith("Parameters."):
        return parameters.get(str(value["Get"]).removeprefix("Parameters."))
    if set(value) == {"Std:Join"}:
        join = value["Std:Join"]
        parts = _settled(join.get("Values") or [], parameters)
        if not any(isinstance(part, Mapping) for part in parts):
            return str(join.get("On", "")).join(map(as_text, parts))
    return {name: _settled(member, parameters) for name, member in value.items()}


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, member in value.items():
            yield from _leaves(member, f"{place}.{name}")
    elif isinstance(value, list) and value:
        for number, member in enumerate(value):
            yield from _leaves(member, f"{place}[{number}]")
    else:
        yield place, value


def _shown(value: Any) -> str:
    text = "nothing" if value is None else f"`{as_text(value)}`"
    return text if len(text) <= 80 else f"{text[:78]}…`"

"""Two definitions compared: parameters and steps, argument by argument."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.deployment.differences.change import Change, StepChange
from penstock.deployment.differences.flat import flat, list_changes
from penstock.deployment.differences.values import value_text

Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DefinitionChanges:
    """What differs between two definitions.

    Attributes:
        parameters: Of the pipeline.
        steps: In the order of the new definition, removed ones last.
        rest: Everything else, such as the version of the language.
    """

    parameters: Sequence[Change] = ()
    steps: Sequence[StepChange] = ()
    rest: Sequence[Change] = ()

    def __bool__(self) -> bool:
        return bool(self.parameters or self.steps or self.rest)


def compare(before: str, after: str, known: Mapping[str, str]) -> DefinitionChanges:
    """Compare two definitions.

    Args:
        before: Text of what is there; empty: nothing is. One that cannot be read counts as empty.
        after: Text of what shall be there.
        known: Values of pipeline parameters, for people.
    """
    old, new = _read(before), _read(after)
    old_steps, new_steps = steps_of(old), steps_of(new)
    changed = list(_steps(old_steps, new_steps, known))
    changed += [
        StepChange(name, str(step.get("Type", "")), "removed")
        for name, step in old_steps.items()
        if name not in new_steps
    ]
    others = ("Parameters", "Steps")
    rest = _changes(
        {key: value for key, value in old.items() if key not in others},
        {key: value for key, value in new.items() if key not in others},
        known,
    )
    parameters = _changes(_parameters(old), _parameters(new), {})
    return DefinitionChanges(parameters, changed, rest if old else ())


def steps_of(definition: Mapping[str, Any]) -> dict[str, Step]:
    """Return all steps by name, those of branches too, each without the steps inside it."""
    found: dict[str, Step] = {}

    def add(steps: Any, within: str) -> None:
        for step in steps if isinstance(steps, list) else ():
            if not isinstance(step, Mapping):
                continue
            arguments = step.get("Arguments")
            inner: dict[str, Any] = {}
            if isinstance(arguments, Mapping):
                inner = {key: arguments[key] for key in _INSIDE if key in arguments}
                arguments = {key: each for key, each in arguments.items() if key not in inner}
            own = {**step, "Arguments": arguments} if inner else dict(step)
            found[str(step.get("Name", ""))] = {**own, **({"Within": within} if within else {})}
            for key, each in inner.items():
                add(each, f"{step.get('Name', '')}, {_INSIDE[key]}")

    add(definition.get("Steps"), "")
    return found


_INSIDE = {"IfSteps": "if it holds", "ElseSteps": "if not", "Steps": "for each"}


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _parameters(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    found = definition.get("Parameters")
    return {
        str(each.get("Name")): {
            {"DefaultValue": "default", "Type": "type"}.get(key, key): value
            for key, value in each.items()
            if key != "Name"
        }
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, Mapping)
    }


def _steps(
    before: Mapping[str, Step], after: Mapping[str, Step], known: Mapping[str, str]
) -> Iterator[StepChange]:
    for name, step in after.items():
        kind = str(step.get("Type", ""))
        if name not in before:
            yield StepChange(name, kind, "added")
        elif changes := _changes(_apart(before[name]), _apart(step), known):
            yield StepChange(name, kind, "changed", changes)


def _apart(step: Step) -> Mapping[str, Any]:
    """Return a step with its arguments on the first level: their names are how people know them."""
    arguments = step.get("Arguments")
    own = {key: value for key, value in step.items() if key not in ("Name", "Arguments")}
    return {**own, **(arguments if isinstance(arguments, Mapping) else {})}


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], known: Mapping[str, str]
) -> list[Change]:
    old, new = dict(flat(before)), dict(flat(after))
    found: list[Change] = []
    for path in dict.fromkeys((*old, *new)):
        one, other = old.get(path), new.get(path)
        # Python takes 1 and true for equal; JSON does not.
        if (
            path in old
            and path in new
            and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
        ):
            continue
        if isinstance(one, list) and isinstance(other, list):
            for place, first, second in list_changes(one, other):
                where = f"{path}[{place}]"
                found.append(_change(where, first, second, known))
        else:
            found.append(_change(path, one, other, known))
    return found


def _change(path: str, before: Any, after: Any, known: Mapping[str, str]) -> Change:
    first, second = value_text(path, before, known), value_text(path, after, known)
    return Change(path, first, second if second != first else f"{second} (another one)")

"""The parameters of a start, checked against the definition before the service is asked."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.errors import Problem, RequestError

MOST_PARAMETERS, LONGEST_VALUE = 200, 1024
"""Of one start; botocore 1.44.5, StartPipelineExecution."""

_NEEDED = {
    "Integer": "no whole number",
    "Float": "no finite number",
    "Boolean": "neither true nor false",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a definition declares; `allowed` is empty where any value is."""

    name: str
    type: str
    has_default: bool
    allowed: tuple[Any, ...] = ()


def declared_parameters(definition: str) -> dict[str, Parameter]:
    """Return the parameters of a definition's text by name.

    Raises:
        RequestError: It is no definition.
    """
    try:
        listed = json.loads(definition).get("Parameters") or []
        return {
            str(each["Name"]): Parameter(
                str(each["Name"]),
                str(each["Type"]),
                "DefaultValue" in each,
                tuple(each.get("EnumValues") or ()),
            )
            for each in listed
        }
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise RequestError(
            Problem(
                "what is deployed there is no definition of a pipeline.",
                remedy="Deploy it anew: pipeline upsert.",
            )
        ) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set, and sets.

    Attributes:
        declared: Parameters of the definition.
        given: Texts NAME=VALUE.
        fixed: Values of the environment; nobody sets them.
        facts: Names of what the command itself tells; nobody sets them either.
    """

    declared: Mapping[str, Parameter]
    given: Sequence[str] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    facts: frozenset[str] = frozenset()

    @property
    def values(self) -> dict[str, str]:
        """The texts by name, the last one of a name; those of another form are left out."""
        pairs = (text.partition("=") for text in self.given)
        return {name: value for name, equals, value in pairs if equals and name}

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with what was given."""
        for text in self.given:
            if not all(text.partition("=")[:2]):
                yield Problem("a setting has the form NAME=VALUE.", f"--set {text}")
        for name, text in self.values.items():
            yield from _problems_of(name, text, self)

    def check(self) -> None:
        """Check what was given.

        Raises:
            RequestError: A name is unknown or not to be set, or a value is not of its type; every
                problem is listed.
        """
        problems = list(self.problems())
        if problems:
            raise RequestError(problems)


def start_parameters(
    settings: Settings, settled: Mapping[str, object]
) -> Sequence[Mapping[str, str]]:
    """Return the parameters of a start, as the service takes them.

    Args:
        settings: What the user sets.
        settled: Values that follow from the request; those given win.

    Raises:
        RequestError: A name is unknown, a value is not of its type or too long, or one without a
            default is missing; every problem is listed.
    """
    declared, problems = settings.declared, list(settings.problems())
    known: dict[str, str] = {
        name: _as_text(value) for name, value in settled.items() if name in declared
    }
    known |= {
        name: _written(declared[name], text)
        for name, text in settings.values.items()
        if name in declared
    }
    known |= {name: value for name, value in settings.fixed.items() if name in declared and value}
    problems += [
        Problem(
            f"the parameter {name} has no value and no default.",
            "--set",
            f"Give one of type {parameter.type}: --set {name}=...",
        )
        for name, parameter in declared.items()
        if not parameter.has_default and name not in known
    ]
    problems += [
        Problem(
            f"the value of {name} has {len(text):,} characters; SageMaker takes {LONGEST_VALUE:,}.",
            f"--set {name}",
            "Put it into a file and name the file.",
        )
        for name, text in known.items()
        if len(text) > LONGEST_VALUE
    ]
    if len(known) > MOST_PARAMETERS:
        what = f"{len(known)} parameters are given; SageMaker takes {MOST_PARAMETERS}."
        problems.append(Problem(what, "--set", "Leave those out whose default will do."))
    if problems:
        raise RequestError(problems)
    return [{"Name": name, "Value": value} for name, value in known.items()]


def _problems_of(name: str, text: str, settings: Settings) -> Iterator[Problem]:
    where = f"--set {name}={text}"
    parameter = settings.declared.get(name)
    if parameter is None:
        untouchable = settings.fixed.keys() | settings.facts
        open_ones = sorted(settings.declared.keys() - untouchable)
        near = difflib.get_close_matches(name, open_ones, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        yield Problem(
            f"the pipeline has no parameter {name!r}.",
            where,
            f"{hint}Use one of: {', '.join(open_ones) or 'none'}.",
        )
    elif name in settings.fixed:
        what = f"{name} is what the environment says it is."
        yield Problem(what, where, "Leave it out, or change environments.yaml.")
    elif name in settings.facts:
        what = f"{name} is a fact of the evidence, which the command itself tells."
        yield Problem(what, where, "Leave it out.")
    else:
        yield from value_problems(parameter, text, where)


def value_problems(parameter: Parameter, text: str, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the text of a value: its type, or that it is none that is allowed.

    Args:
        parameter: As the definition declares it.
        text: Of the value.
        where: For messages.
    """
    value = _value(parameter.type, text)
    if value is None:
        yield Problem(f"{text!r} is {_NEEDED[parameter.type]}.", where)
    elif parameter.allowed and value not in parameter.allowed:
        allowed = ", ".join(map(_as_text, parameter.allowed))
        yield Problem(f"{text!r} is not allowed.", where, f"Use one of: {allowed}.")


def _value(kind: str, text: str) -> str | int | float | bool | None:
    """Return the value of a text; None where it is none of the type."""
    try:
        if kind == "Integer":
            return int(text)
        if kind == "Float":
            number = float(text)
            return number if math.isfinite(number) else None
    except ValueError:
        return None
    if kind == "Boolean":
        return {"true": True, "false": False}.get(text.lower())
    return text


def _written(parameter: Parameter, text: str) -> str:
    value = _value(parameter.type, text)
    return text if value is None else _as_text(value)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Questions about values: which steps they come from, what they hold."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.targets.sagemaker.values import (
    AnyValue,
    Finished,
    FirstOf,
    ImportedArtifact,
    Listed,
    ListedArtifacts,
    Mapped,
    StepArtifact,
    StepOutput,
    Text,
)


def members_of(value: AnyValue) -> tuple[AnyValue, ...]:
    """Return the values within a value."""
    match value:
        case Text(parts=inner) | Listed(items=inner):
            return inner
        case ListedArtifacts(items=artifacts):
            return artifacts
        case Mapped(members=members):
            return tuple(members.values())
        case ImportedArtifact(uri=uri, metadata=metadata):
            return (uri, metadata)
        case FirstOf(options=options):
            return tuple(option.value for option in options)
        case _:
            return ()


def steps_in(value: AnyValue) -> tuple[str, ...]:
    """Return the steps whose outputs a value holds, each once, in order."""
    match value:
        case StepOutput(step=step) | StepArtifact(step=step):
            return (step,)
        case Finished(steps=steps):
            return tuple(dict.fromkeys(steps))
        case _:
            return all_steps(members_of(value))


def all_steps(values: Iterable[AnyValue]) -> tuple[str, ...]:
    """Return the steps of several values, each once, in order."""
    return tuple(dict.fromkeys(step for value in values for step in steps_in(value)))


def holds(value: AnyValue, kind: type) -> bool:
    """Whether the value, or what it surely holds, is of a kind; options do not count."""
    if isinstance(value, kind):
        return True
    if isinstance(value, FirstOf):
        return False
    return any(holds(member, kind) for member in members_of(value))


def first_choice(values: Iterable[AnyValue]) -> FirstOf | None:
    """Return the first value, at any depth, that depends on a branch."""
    for value in values:
        if isinstance(value, FirstOf):
            return value
        found = first_choice(members_of(value))
        if found is not None:
            return found
    return None


def choice_keys(values: Iterable[AnyValue]) -> dict[str, int]:
    """Return the choices that values depend on, and how many options each has."""
    found: dict[str, int] = {}
    for value in values:
        if isinstance(value, FirstOf):
            found[value.key] = max(found.get(value.key, 0), len(value.options))
        found.update(choice_keys(members_of(value)))
    return found

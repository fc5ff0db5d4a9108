"""Chooses one branch in values that depend on the branch that ran.

A Condition step of SageMaker cannot be rejoined: a step starts when everything it depends on has
completed, and steps of the branch not taken never do. A task that reads `dsl.OneOf`, or that comes
after a graph with branches, therefore becomes one step in each of the branches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from penstock.targets.sagemaker.resolved_conditions import Every, Resolved, Some, every, negate
from penstock.targets.sagemaker.scopes import Scope
from penstock.targets.sagemaker.templates import folded, joined
from penstock.targets.sagemaker.values import (
    AnyValue,
    ArtifactValue,
    FirstOf,
    ImportedArtifact,
    Listed,
    ListedArtifacts,
    Mapped,
    Option,
    Skipped,
    Text,
    Value,
)

V = TypeVar("V", bound=AnyValue)


def chosen(value: V, key: str, label: str) -> V:
    """Return the value as it is in the branch called `label` of the choice called `key`."""
    return cast(V, _chosen(value, key, label))


def chosen_all(values: Mapping[str, V], key: str, label: str) -> dict[str, V]:
    """Choose in every value of a mapping."""
    return {name: chosen(value, key, label) for name, value in values.items()}


def possible_options(choice: FirstOf, scope: Scope | None) -> tuple[Option, ...]:
    """Return the options that are not ruled out by the branch in which the reader stands.

    A lone remaining option needs no condition of its own where the others are its contrary.
    """
    known = _facts(scope)
    left = tuple(option for option in choice.options if not _ruled_out(_facts(option.scope), known))
    if len(left) == 1 and len(choice.options) > 1:
        return (Option(left[0].label, None, left[0].value),)
    return left


def _facts(scope: Scope | None) -> list[Resolved]:
    if scope is None:
        return []
    together = every(tuple(outer.condition for outer in scope.chain()))
    return list(together.parts) if isinstance(together, Every) else [together]


def _ruled_out(facts: list[Resolved], known: list[Resolved]) -> bool:
    if any(negate(fact) in known for fact in facts):
        return True
    return any(
        isinstance(fact, Some) and all(negate(part) in known for part in fact.parts)
        for fact in facts
    )


def _chosen(value: AnyValue, key: str, label: str) -> AnyValue:
    match value:
        case FirstOf(key=own, options=options) if own == key:
            for option in options:
                if option.label == label:
                    return _chosen(option.value, key, label)
            return Skipped()
        case FirstOf(key=own, options=options):
            return FirstOf(
                own,
                tuple(
                    Option(option.label, option.scope, _chosen(option.value, key, label))
                    for option in options
                ),
            )
        case Text(parts=parts):
            return joined([cast(Value, _chosen(part, key, label)) for part in parts])
        case Listed(items=items):
            picked = [_chosen(item, key, label) for item in items]
            ran = tuple(cast(Value, item) for item in picked if not isinstance(item, Skipped))
            return folded(Listed(ran))
        case ListedArtifacts(items=artifacts):
            found = [_chosen(item, key, label) for item in artifacts]
            return ListedArtifacts(
                tuple(cast(ArtifactValue, item) for item in found if not isinstance(item, Skipped))
            )
        case Mapped(members=members):
            return folded(
                Mapped({k: cast(Value, _chosen(v, key, label)) for k, v in members.items()})
            )
        case ImportedArtifact(uri=uri, schema_title=title, metadata=metadata, mounted=mounted):
            return ImportedArtifact(
                cast(Value, _chosen(uri, key, label)),
                title,
                cast(Value, _chosen(metadata, key, label)),
                mounted,
            )
        case _:
            return value

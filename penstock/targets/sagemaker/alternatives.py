"""Values that depend on the branch that ran: finding them and choosing one.

A Condition step of SageMaker cannot be rejoined: a step starts when everything it depends on has
completed, and steps of the branch not taken never do. A task that reads `dsl.OneOf` therefore becomes one
step in each of the branches.
"""

from collections.abc import Mapping
from typing import TypeVar, cast

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
    Text,
    Value,
)

V = TypeVar("V", bound=AnyValue)


def first_choice(values: list[AnyValue]) -> FirstOf | None:
    """Return the first value, at any depth, that depends on a branch."""
    for value in values:
        match value:
            case FirstOf():
                return value
            case Text(parts=inner) | Listed(items=inner):
                found = first_choice(list(inner))
            case ListedArtifacts(items=artifacts):
                found = first_choice(list(artifacts))
            case Mapped(members=members):
                found = first_choice(list(members.values()))
            case ImportedArtifact(uri=uri):
                found = first_choice([uri])
            case _:
                found = None
        if found is not None:
            return found
    return None


def chosen(value: V, key: str, label: str) -> V:
    """Return the value as it is in the branch called `label` of the choice called `key`."""
    return cast(V, _chosen(value, key, label))


def chosen_all(values: Mapping[str, V], key: str, label: str) -> dict[str, V]:
    """Choose in every value of a mapping."""
    return {name: chosen(value, key, label) for name, value in values.items()}


def _chosen(value: AnyValue, key: str, label: str) -> AnyValue:
    match value:
        case FirstOf(key=own, options=options) if own == key:
            for option in options:
                if option.label == label:
                    return _chosen(option.value, key, label)
            return value
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
            return folded(Listed(tuple(cast(Value, _chosen(item, key, label)) for item in items)))
        case ListedArtifacts(items=artifacts):
            return ListedArtifacts(
                tuple(cast(ArtifactValue, _chosen(item, key, label)) for item in artifacts)
            )
        case Mapped(members=members):
            return folded(
                Mapped({k: cast(Value, _chosen(v, key, label)) for k, v in members.items()})
            )
        case ImportedArtifact(uri=uri, schema_title=title, metadata=metadata):
            return ImportedArtifact(cast(Value, _chosen(uri, key, label)), title, metadata)
        case _:
            return value

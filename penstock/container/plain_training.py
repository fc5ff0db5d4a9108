"""What a training job runs that was created without our command line, by the one word `train`.

The component's own signature says what the command line would have said: hyperparameters are its
parameters, channels its artifacts.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from penstock.container.failures import AdapterError

COMPONENT_VARIABLE = "PENSTOCK_TRAINING"
DEFAULT_COMPONENT = "components/train.py:train"

_KINDS: Mapping[Any, str] = {
    str: "string",
    int: "integer",
    float: "double",
    bool: "boolean",
    list: "list",
    dict: "struct",
}
_OF_THE_SERVICE = ("sagemaker_", "_")
"""Hyperparameters that the SageMaker SDK and tuning jobs add begin so."""


def training_words(
    place: str, component: Any, hyperparameters: Mapping[str, str], channels: Collection[str]
) -> list[str]:
    """Return the command line of `penstock.container.arguments` behind `training`.

    Args:
        place: Of the component, such as `components/train.py:train`.
        component: The component there.
        hyperparameters: Of the job, all texts.
        channels: Names of the job's channels.

    Raises:
        AdapterError: A hyperparameter or channel is missing or unknown; every one is named.
    """
    from penstock.contract import Artifact

    hints = typing.get_type_hints(component.function)
    parameters = inspect.signature(component.function).parameters
    artifacts = {name for name in parameters if _is(hints[name], Artifact)}
    values = parameters.keys() - artifacts
    required = {name for name in values if parameters[name].default is inspect.Parameter.empty}
    given = {name for name in hyperparameters if not name.startswith(_OF_THE_SERVICE)}
    problems = [
        *_compared("hyperparameter", required, given, values),
        *_compared("channel", artifacts, set(channels), artifacts),
    ]
    if problems:
        raise AdapterError(f"{place}: {' '.join(problems)}")
    words = ["--component", place]
    for name in parameters:
        if name in artifacts:
            words += ["--artifact", f"{name}:{hints[name].schema_title}={name}"]
        elif name in given:
            words += [f"--{_kind(hints[name])}", name]
    for name, kind in component.outputs.items():
        if _is(kind, Artifact):
            words += ["--output", f"{name}:{kind.schema_title}"]
        else:
            words += ["--returns", f"{name}:{_kind(kind)}"]
    return words


def _compared(
    what: str, required: Collection[str], given: Collection[str], known: Collection[str]
) -> Iterator[str]:
    for name in sorted(set(required) - set(given)):
        yield f"the job has no {what} `{name}`."
    for name in sorted(set(given) - set(known)):
        yield f"the {what} `{name}` is unknown. Use one of: {', '.join(sorted(known))}."


def _is(kind: Any, artifact: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, artifact)


def _kind(hint: Any) -> str:
    """Return the kind of an annotation: of `X | None` that of `X`, of choices of texts `string`."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(each for each in typing.get_args(hint) if each is not type(None))
    return _KINDS.get(typing.get_origin(hint) or hint, "string")

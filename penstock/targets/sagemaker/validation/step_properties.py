"""What `Steps.NAME.path` can read of a step, after botocore's Describe responses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import ScalarKind, kind_of_shape
from penstock.targets.sagemaker.validation.service_model import ServiceShapes, service_shapes
from penstock.targets.sagemaker.validation.steps import Step

_TOKEN = re.compile(r"\.(?P<member>[^.\[\]']+)|\[(?P<index>\d+)\]|\[(['\"])(?P<key>.*?)\3\]")

# Lists whose items a reference picks by name: the list's shape, where the step declares the items
# and the member that names an item.
_NAMED_ITEMS = {
    "ProcessingOutputs": (("ProcessingOutputConfig", "Outputs"), "OutputName", "output"),
    "ProcessingInputs": (("ProcessingInputs",), "InputName", "input"),
    "InputDataConfig": (("InputDataConfig",), "ChannelName", "channel"),
}


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why a path leads nowhere, and what to write instead."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Token:
    member: str = ""
    key: str | None = None
    index: int | None = None
    text: str = ""


def split_path(path: str) -> list[_Token] | None:
    """Split `.Outputs['train'].S3Uri` into its tokens; None when it is malformed."""
    tokens: list[_Token] = []
    position = 0
    while position < len(path):
        match = _TOKEN.match(path, position)
        if match is None:
            return None
        index = match.group("index")
        tokens.append(
            _Token(
                member=match.group("member") or "",
                key=match.group("key"),
                index=int(index) if index is not None else None,
                text=match.group(0),
            )
        )
        position = match.end()
    return tokens


def resolve_property(step: Step, path: str) -> ScalarKind | Unresolved:
    """Return the kind of value at a path of a step's response, or why there is none.

    Args:
        step: The step that is read.
        path: What follows its name, such as `.ModelArtifacts.S3ModelArtifacts`.
    """
    if step.type.opaque:
        return ScalarKind.UNKNOWN
    tokens = split_path(path)
    if tokens is None:
        return Unresolved(
            f"the path {path!r} is malformed.", "Write members as .Name and items as ['name']."
        )
    if not tokens:
        return Unresolved("names a step but none of its properties.", _readable(step))
    first = tokens[0]
    own = (step.type.properties or {}).get(first.member)
    if own is not None:
        return _own_property(step, own, tokens)
    for service, shape in step.type.responses:
        shapes = service_shapes(service)
        if first.member in shapes.members(shape):
            return _walk(step, shapes, shape, tokens)
    remedy = known_names(first.member, _property_names(step), none=_readable(step))
    return Unresolved(f"a {step.type_name} step has no property {first.member!r}.", remedy)


def _property_names(step: Step) -> list[str]:
    names = list(step.type.properties or {})
    for service, shape in step.type.responses:
        names.extend(service_shapes(service).members(shape))
    return names


def _readable(step: Step) -> str:
    names = _property_names(step)
    if not names:
        return f"A {step.type_name} step leaves nothing to read."
    return known_names("", names)


def _own_property(step: Step, below: str, tokens: list[_Token]) -> ScalarKind | Unresolved:
    if below == "any":
        return ScalarKind.UNKNOWN
    if below == "scalar":
        if len(tokens) == 1:
            return ScalarKind.UNKNOWN
        return Unresolved(
            f"{tokens[0].member!r} is one value, so {tokens[1].text!r} leads nowhere.",
            f"End the path at {tokens[0].member}.",
        )
    declared = declared_outputs(step)
    if len(tokens) != 2 or tokens[1].key is None:
        return Unresolved(
            "must name one output.", f"Write Steps.{step.name}.OutputParameters['NAME']."
        )
    if tokens[1].key not in declared:
        return Unresolved(
            f"step {step.name!r} declares no output {tokens[1].key!r}.",
            known_names(tokens[1].key, declared, none="Declare it in its OutputParameters."),
        )
    return declared[tokens[1].key]


def declared_outputs(step: Step) -> dict[str, ScalarKind]:
    """Return the outputs that a Callback or Lambda step declares, with their kinds."""
    outputs: dict[str, ScalarKind] = {}
    declared = step.body.get("OutputParameters")
    for output in declared if isinstance(declared, list) else []:
        if isinstance(output, Mapping) and isinstance(output.get("OutputName"), str):
            kinds = {kind.value: kind for kind in ScalarKind}
            outputs[output["OutputName"]] = kinds.get(
                str(output.get("OutputType")), ScalarKind.UNKNOWN
            )
    return outputs


def _walk(
    step: Step, shapes: ServiceShapes, name: str, tokens: list[_Token]
) -> ScalarKind | Unresolved:
    seen = ""
    for token in tokens:
        shape = shapes.shape(name)
        kind = shape["type"]
        if kind == "structure":
            members = shapes.members(name)
            if token.member not in members:
                owner = f"{seen!r} of a {step.type_name} step" if seen else "the step"
                return Unresolved(
                    f"{owner} has no member {token.member or token.text!r}.",
                    known_names(token.member or token.text, members),
                )
            name = members[token.member]
        elif kind == "list":
            if token.member:
                return Unresolved(
                    f"{seen!r} is a list, so '{token.text}' leads nowhere.",
                    f"Pick an item first: {seen}[0] or {seen}['name'].",
                )
            missing = _missing_item(step, name, token)
            if missing is not None:
                return missing
            name = shape["member"]["shape"]
        elif kind == "map":
            if token.key is None:
                return Unresolved(
                    f"{seen!r} is a map, so '{token.text}' leads nowhere.",
                    f"Pick an entry: {seen}['name'].",
                )
            name = shape["value"]["shape"]
        else:
            return Unresolved(
                f"{seen!r} is one value, so '{token.text}' leads nowhere.",
                f"End the path at {seen}.",
            )
        seen = f"{seen}{token.text}".lstrip(".")
    shape = shapes.shape(name)
    scalar = kind_of_shape(shape["type"])
    if scalar is not None:
        return scalar
    article = {"structure": "an object", "list": "a list", "map": "a map"}[shape["type"]]
    return Unresolved(f"{seen!r} is {article}, not one value.", _deeper(shapes, name, seen))


def _deeper(shapes: ServiceShapes, name: str, seen: str) -> str:
    members = shapes.members(name)
    if members:
        return f"Read one of its members: {', '.join(list(members)[:12])}."
    return f"Pick one item, such as {seen}['name']."


def _missing_item(step: Step, list_shape: str, token: _Token) -> Unresolved | None:
    if token.key is None or list_shape not in _NAMED_ITEMS:
        return None
    path, naming_member, noun = _NAMED_ITEMS[list_shape]
    names = declared_items(step.arguments, path, naming_member)
    if names is None or token.key in names:
        return None
    return Unresolved(
        f"step {step.name!r} has no {noun} {token.key!r}.",
        known_names(token.key, names, none=f"The step declares no {noun}."),
    )


def declared_items(
    arguments: Mapping[str, object], path: tuple[str, ...], naming_member: str
) -> list[str] | None:
    """Return the names of the items that a step's arguments list; None when they are unreadable."""
    items: object = arguments
    for member in path:
        if not isinstance(items, Mapping):
            return None
        items = items.get(member, {} if member != path[-1] else [])
    if not isinstance(items, list):
        return None
    named = [item.get(naming_member) if isinstance(item, Mapping) else None for item in items]
    names = [name for name in named if isinstance(name, str)]
    return names if len(names) == len(named) else None

"""A SageMaker pipeline definition as a graph: parameters and steps, branches laid flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from penstock.targets.local.documents import Document, Value, objects

Trigger = Literal["Completed", "Failed", "Stopped", "Any"]

RUNNABLE_STEPS = (
    "Callback",
    "Condition",
    "Fail",
    "Lambda",
    "Model",
    "Processing",
    "RegisterModel",
    "Training",
    "Transform",
)
"""The step types that this machine can execute."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared pipeline parameter."""

    name: str
    type: str
    default: Value | None = None
    allowed: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """An edge: which end of the other step lets this one start."""

    step: str
    trigger: Trigger = "Completed"


@dataclass(frozen=True, slots=True)
class Guard:
    """The branch of a Condition step that a step stands in."""

    condition: str
    outcome: bool


@dataclass(frozen=True, slots=True)
class PropertyFile:
    """A JSON file in an output of a step whose values other steps read."""

    name: str
    output: str
    path: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `document` is its JSON without the steps of its branches."""

    name: str
    type: str
    document: Document
    guard: Guard | None = None
    dependencies: tuple[Dependency, ...] = ()
    property_files: Mapping[str, PropertyFile] = field(default_factory=dict)

    @property
    def arguments(self) -> Document:
        """The request that the service would send, references unresolved."""
        arguments: Document = self.document.get("Arguments") or {}
        return arguments


@dataclass(frozen=True, slots=True)
class Definition:
    """A parsed definition; `steps` keeps its order, branches after their condition."""

    parameters: Mapping[str, Parameter]
    steps: Mapping[str, Step]
    document: Document

    def descendants(self, names: Sequence[str]) -> frozenset[str]:
        """Return the steps that cannot keep their results when those of `names` change."""
        found = set(names)
        changed = True
        while changed:
            changed = False
            for step in self.steps.values():
                if step.name not in found and any(
                    dependency.step in found for dependency in step.dependencies
                ):
                    found.add(step.name)
                    changed = True
        return frozenset(found)


def references(value: Any) -> Iterator[str]:
    """Yield the path of every `Get` in a value."""
    for document in objects(value):
        if set(document) == {"Get"} and isinstance(document["Get"], str):
            yield document["Get"]


def lay_flat(documents: Sequence[Document], guard: Guard | None = None) -> Iterator[Step]:
    """Yield the steps of a definition, each with the branch it stands in and its edges."""
    for document in documents:
        name = str(document.get("Name"))
        own = dict(document)
        branches: list[tuple[bool, Sequence[Document]]] = []
        if document.get("Type") == "Condition":
            arguments = dict(document.get("Arguments") or {})
            branches = [
                (True, arguments.pop("IfSteps", None) or []),
                (False, arguments.pop("ElseSteps", None) or []),
            ]
            own["Arguments"] = arguments
        yield Step(
            name=name,
            type=str(document.get("Type")),
            document=own,
            guard=guard,
            dependencies=tuple(_dependencies(own, guard)),
            property_files={
                str(file.get("PropertyFileName")): PropertyFile(
                    str(file.get("PropertyFileName")),
                    str(file.get("OutputName")),
                    str(file.get("FilePath")),
                )
                for file in document.get("PropertyFiles") or []
            },
        )
        for outcome, branch in branches:
            yield from lay_flat(branch, Guard(name, outcome))


def _dependencies(document: Document, guard: Guard | None) -> Iterator[Dependency]:
    explicit: dict[str, Trigger] = {}
    for entry in document.get("DependsOn") or []:
        if isinstance(entry, Mapping):
            explicit[str(entry.get("Step"))] = entry.get("Trigger") or "Completed"
        else:
            explicit[str(entry)] = "Completed"
    if guard is not None:
        explicit.setdefault(guard.condition, "Completed")
    for path in references(document):
        scope, _, rest = path.partition(".")
        if scope == "Steps":
            explicit.setdefault(rest.partition(".")[0], "Completed")
    for step, trigger in explicit.items():
        yield Dependency(step, trigger)

"""What a task's inputs are once every graph is flattened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.ir.json_values import JsonValue
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.scopes import Scope


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class PipelineParameter:
    """A parameter of the pipeline; `optional` ones have no value unless the run gives one."""

    name: str
    kind: ParameterType
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ExecutionVariable:
    """A fact of the run, such as `PipelineExecutionId`."""

    name: str


@dataclass(frozen=True, slots=True)
class JobIdentity:
    """A text that no other run of the task has; the adapter makes it."""


@dataclass(frozen=True, slots=True)
class StepOutput:
    """An output parameter of a step, or the part of it that `path` leads to."""

    step: str
    output: str
    kind: ParameterType
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Parts written one after another."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values, such as what the runs of a loop gave."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object of values."""

    members: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Absent:
    """No value: the component's own default holds."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An output of a task that was refused; reported once, at that task."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An output of a task that never runs, because its condition compares constants."""


@dataclass(frozen=True, slots=True)
class Option:
    """One source of a value, and the branch in which it comes about."""

    label: str
    scope: Scope | None
    value: AnyValue


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The value of the branch that ran; values with the same key go together."""

    key: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class StepArtifact:
    """An output artifact of a step."""

    step: str
    output: str
    schema_title: str


@dataclass(frozen=True, slots=True)
class ImportedArtifact:
    """An artifact that exists already; `mounted` if SageMaker brings it to the job."""

    uri: Value
    schema_title: str
    metadata: Value
    mounted: bool


@dataclass(frozen=True, slots=True)
class ListedArtifacts:
    """A list of artifacts."""

    items: tuple[ArtifactValue, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Steps that must have ended."""

    steps: tuple[str, ...]


Value = (
    Literal
    | PipelineParameter
    | ExecutionVariable
    | JobIdentity
    | StepOutput
    | Text
    | Listed
    | Mapped
    | Absent
    | Refused
    | Skipped
    | FirstOf
)
ArtifactValue = (
    StepArtifact | ImportedArtifact | ListedArtifacts | Absent | Refused | Skipped | FirstOf
)
AnyValue = Value | ArtifactValue | Finished

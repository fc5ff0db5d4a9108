"""A compiled KFP pipeline as typed, frozen data.

The names follow KFP's pipeline specification, `api/v2alpha1/pipeline_spec.proto`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.ir.json_values import JsonObject, JsonValue
from penstock.ir.types import ParameterType


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared input or output value."""

    name: str
    kind: ParameterType
    default: JsonValue = None
    has_default: bool = False
    optional: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class ArtifactSlot:
    """A declared input or output artifact."""

    name: str
    schema_title: str
    is_list: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Interface:
    """What a component takes and gives."""

    input_parameters: Mapping[str, Parameter]
    input_artifacts: Mapping[str, ArtifactSlot]
    output_parameters: Mapping[str, Parameter]
    output_artifacts: Mapping[str, ArtifactSlot]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the IR."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class FromInput:
    """An input of the surrounding graph; `selector` is a CEL expression over its value."""

    name: str
    selector: str = ""


@dataclass(frozen=True, slots=True)
class FromTask:
    """An output of a task in the same graph."""

    task: str
    output: str
    selector: str = ""


@dataclass(frozen=True, slots=True)
class FinalStatus:
    """How a task of the same graph ended."""

    task: str


Binding = Constant | FromInput | FromTask | FinalStatus


@dataclass(frozen=True, slots=True)
class Iteration:
    """Run the task once per item of the list that `items` holds.

    `item_input` names the input that receives the item; `over_artifacts` tells a list of artifacts
    from a list of values.
    """

    items: JsonValue | None
    items_input: str
    item_input: str
    over_artifacts: bool
    parallelism_limit: int = 0


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon to try again."""

    max_attempts: int
    backoff_seconds: float
    backoff_factor: float
    backoff_max_seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """One node of a graph."""

    name: str
    component: str
    parameters: Mapping[str, Binding]
    artifacts: Mapping[str, Binding]
    after: tuple[str, ...] = ()
    condition: str = ""
    runs_always: bool = False
    iteration: Iteration | None = None
    cached: bool = False
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class OutputOf:
    """An output of a task, offered by the graph as its own."""

    task: str
    output: str


@dataclass(frozen=True, slots=True)
class Offered:
    """Where an output of a graph comes from.

    Several sources mean the first one whose task ran (`dsl.OneOf`).
    """

    sources: tuple[OutputOf, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Tasks and the outputs that they offer together."""

    tasks: Mapping[str, Task]
    output_parameters: Mapping[str, Offered]
    output_artifacts: Mapping[str, Offered]


@dataclass(frozen=True, slots=True)
class Resources:
    """What a container asks for; texts are pipeline-time placeholders or Kubernetes quantities."""

    cpu: str = ""
    memory: str = ""
    accelerator_type: str = ""
    accelerator_count: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A command in an image."""

    image: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    resources: Resources


@dataclass(frozen=True, slots=True)
class Importer:
    """An artifact that exists already."""

    uri: Binding
    schema_title: str
    metadata: JsonObject


Executor = Container | Importer


@dataclass(frozen=True, slots=True)
class Component:
    """A task's kind: a graph of its own, or an executor named by its label."""

    name: str
    interface: Interface
    graph: Graph | None
    executor_label: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One compiled pipeline.

    `platforms` holds the settings of each platform by executor label; `platform_pipeline` what a
    platform says of the pipeline as a whole.
    """

    name: str
    description: str
    interface: Interface
    root: Graph
    components: Mapping[str, Component]
    executors: Mapping[str, Executor]
    platforms: Mapping[str, Mapping[str, JsonObject]]
    platform_pipeline: Mapping[str, JsonObject]

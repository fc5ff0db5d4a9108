"""The command line of the container adapter for one step, and the inputs that it reads.

The adapter's side of it is `penstock/container/arguments.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.errors import Problem
from penstock.ir.json_values import JsonValue
from penstock.ir.pipeline import ArtifactSlot
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.inputs import (
    Source,
    artifact_source,
    input_name,
    parameters_source,
)
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import Expression, RefusedValueError, as_text, join
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.templates import written
from penstock.targets.sagemaker.values import (
    Absent,
    ArtifactValue,
    ExecutionVariable,
    ImportedArtifact,
    JobIdentity,
    Listed,
    ListedArtifacts,
    Literal,
    Mapped,
    PipelineParameter,
    StepArtifact,
    StepOutput,
    Text,
    Value,
)

LONGEST_ARGUMENT = 256
JOB_IDENTITY = "{{job#0}}"
LONGEST_HYPERPARAMETER = 2_500

KIND_WORDS: Mapping[ParameterType, str] = {
    ParameterType.STRING: "string",
    ParameterType.NUMBER_INTEGER: "integer",
    ParameterType.NUMBER_DOUBLE: "double",
    ParameterType.BOOLEAN: "boolean",
    ParameterType.LIST: "list",
    ParameterType.STRUCT: "struct",
    ParameterType.TASK_FINAL_STATUS: "struct",
    ParameterType.TASK_CONFIG: "struct",
}


@dataclass(slots=True)
class AdapterCall:
    """What building a call gives.

    `arguments` follow the verb; `inputs` are job inputs by name; `hyperparameters` hold values of a
    training job; `constants` are values too long for an argument, which travel in a file.
    """

    plan: Plan
    step: Step
    training: bool
    constants_in_file: bool
    arguments: list[Expression] = field(default_factory=list)
    inputs: dict[str, Expression] = field(default_factory=dict)
    hyperparameters: dict[str, Expression] = field(default_factory=dict)
    constants: dict[str, JsonValue] = field(default_factory=dict)

    def build(self) -> None:
        """Fill the call from the step's values, artifacts and outputs."""
        for name, value in self.step.parameters.items():
            self._parameter(name, self.step.interface.input_parameters[name].kind, value)
        for name, artifact in self.step.artifacts.items():
            self._artifact(name, self.step.interface.input_artifacts[name], artifact)
        for name, slot in self.step.interface.output_artifacts.items():
            suffix = "[]" if slot.is_list else ""
            self._say("--output", f"{name}:{slot.schema_title}{suffix}")
        for name, declared in self.step.interface.output_parameters.items():
            self._say("--returns", f"{name}:{KIND_WORDS[declared.kind]}")

    def _parameter(self, name: str, kind: ParameterType, value: Value) -> None:
        match value:
            case Absent():
                return
            case Literal(value=content):
                self._literal(name, kind, content)
            case PipelineParameter(optional=True):
                self._value("--optional", f"{KIND_WORDS[kind]}:{name}", self._text(value))
            case PipelineParameter() | ExecutionVariable():
                self._value(f"--{KIND_WORDS[kind]}", name, self._text(value))
            case StepOutput(step=producer, output=output, path=path):
                source = self._source(
                    "parameters", producer, parameters_source(self.plan, self.plan.step(producer))
                )
                place = json.dumps([output, *path]) if path else output
                self._say("--received", f"{name}:{KIND_WORDS[kind]}={source}:{place}")
            case Text(parts=parts):
                self._template(name, parts)
            case Listed(items=items):
                self._literal(name, kind, [None] * len(items))
                for index, item in enumerate(items):
                    self._parameter(f"{name}[{index}]", _kind_of(item), item)
            case Mapped(members=members):
                self._literal(name, kind, dict.fromkeys(members))
                for key, member in members.items():
                    self._parameter(f"{name}[{json.dumps(key)}]", _kind_of(member), member)
            case _:
                raise TypeError(value)

    def _literal(self, name: str, kind: ParameterType, content: JsonValue) -> None:
        flag = "--json" if content is None else f"--{KIND_WORDS[kind]}"
        text = written(content) if kind is ParameterType.STRING else json.dumps(content)
        longest = (
            LONGEST_HYPERPARAMETER if self.training else LONGEST_ARGUMENT - len(name) - len("=")
        )
        if self.constants_in_file or len(text) > longest or "\n" in text:
            self.constants[name] = content
        else:
            self._value(flag, name, text)

    def _template(self, name: str, parts: tuple[Value, ...]) -> None:
        if not any(isinstance(part, StepOutput | JobIdentity) for part in parts):
            self._value("--string", name, self._text(Text(parts)))
            return
        template: list[Expression] = []
        for index, part in enumerate(parts):
            if isinstance(part, StepOutput):
                self._parameter(f"{name}#{index}", part.kind, part)
                template.append(f"{{{{{name}#{index}}}}}")
            elif isinstance(part, JobIdentity):
                template.append(JOB_IDENTITY)
            else:
                template.append(self._text(part))
        text = join("", template)
        if isinstance(text, str) and (
            self.constants_in_file or len(text) > LONGEST_ARGUMENT // 2 or "\n" in text
        ):
            self.constants[f"{name}~"] = text
        else:
            self._value("--template", name, text)

    def _artifact(self, name: str, slot: ArtifactSlot, value: ArtifactValue) -> None:
        match value:
            case Absent():
                return
            case ListedArtifacts(items=items):
                self._say("--artifacts", f"{name}={len(items)}")
                for index, item in enumerate(items):
                    self._artifact(f"{name}[{index}]", slot, item)
            case StepArtifact(step=producer, output=output, schema_title=title):
                giver = self.plan.step(producer)
                suffix = "[]" if giver.interface.output_artifacts[output].is_list else ""
                place = self._source(
                    _plain(name), producer, artifact_source(self.plan, giver, output)
                )
                self._say("--artifact", f"{name}:{title}{suffix}={place}")
            case ImportedArtifact():
                self._imported(name, value)
            case _:
                raise TypeError(value)

    def _imported(self, name: str, value: ImportedArtifact) -> None:
        if value.metadata != Literal({}):
            self._parameter(f"{name}#metadata", ParameterType.STRUCT, value.metadata)
        if value.mounted:
            self.inputs[_plain(name)] = self._text(value.uri)
            self._say("--artifact", f"{name}:{value.schema_title}={_plain(name)}")
            return
        self._parameter(f"{name}#uri", ParameterType.STRING, value.uri)
        self._say("--imported", f"{name}:{value.schema_title}")

    def _source(self, name: str, producer: str, source: Source) -> str:
        if name == "parameters" or source.member not in ("", "."):
            kind = "outputs" if source.member not in ("", ".") else "parameters"
            name = input_name(kind, self.plan.names[producer])
        self.inputs[name] = source.uri
        if source.whole:
            return f"{name}/"
        return f"{name}#{source.member}" if source.member else name

    def _text(self, value: Value) -> Expression:
        return as_text(value, self.plan.names, self.plan.readable)

    def _value(self, flag: str, name: str, value: Expression) -> None:
        if self.training:
            self.hyperparameters[name] = value
            self._say(flag, name)
        else:
            self._say(flag, join("", [f"{name}=", *_joined_parts(value)]))

    def _say(self, flag: str, value: Expression) -> None:
        if isinstance(value, str) and len(value) > LONGEST_ARGUMENT:
            raise RefusedValueError(
                Problem(
                    f"the argument `{value[:40]}…` has {len(value)} characters; SageMaker allows "
                    f"{LONGEST_ARGUMENT}.",
                    remedy="Shorten the names of inputs and outputs.",
                )
            )
        self.arguments += [flag, value]


def _joined_parts(value: Expression) -> list[Expression]:
    """The parts of a join without a separator, so that joins do not nest."""
    if isinstance(value, dict) and value.get("Std:Join", {}).get("On") == "":
        return list(value["Std:Join"]["Values"])
    return [value]


def _kind_of(value: Value) -> ParameterType:
    match value:
        case StepOutput(kind=kind, path=()) | PipelineParameter(kind=kind):
            return kind
        case Listed():
            return ParameterType.LIST
        case Mapped() | StepOutput():
            return ParameterType.STRUCT
        case Literal(value=bool()):
            return ParameterType.BOOLEAN
        case Literal(value=int()):
            return ParameterType.NUMBER_INTEGER
        case Literal(value=float()):
            return ParameterType.NUMBER_DOUBLE
        case Literal(value=list()):
            return ParameterType.LIST
        case Literal(value=dict()):
            return ParameterType.STRUCT
        case _:
            return ParameterType.STRING


def _plain(name: str) -> str:
    return input_name(name.replace("[", "-").replace("]", ""))

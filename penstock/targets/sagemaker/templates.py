"""The placeholders that KFP leaves in constants: `{{$.inputs.parameters['x']}}` and its kin."""

import json
import re
from collections.abc import Mapping

from penstock.ir.json_values import JsonValue
from penstock.targets.sagemaker.values import (
    Absent,
    ExecutionVariable,
    FirstOf,
    JobIdentity,
    Listed,
    Literal,
    Mapped,
    Refused,
    Skipped,
    StepOutput,
    Text,
    Value,
)

PLACEHOLDER = re.compile(
    r"\{\{\$\.(?:inputs\.parameters\[(?P<quote>['\"])(?P<input>.*?)(?P=quote)\]|(?P<fact>\w+))\}\}"
)

WORKSPACE = "workspace_path"

NAMES = ("pipeline_job_name", "pipeline_job_resource_name")
"""KFP makes a run's name of the pipeline's and a random part."""

FACTS = {
    "pipeline_job_uuid": "PipelineExecutionId",
    "pipeline_job_create_time_utc": "StartDateTime",
    "pipeline_job_schedule_time_utc": "StartDateTime",
}


class SharedFolderError(LookupError):
    """A constant names KFP's workspace, a folder that all tasks of a run share."""


def filled(value: JsonValue, inputs: Mapping[str, Value], task_name: str) -> Value:
    """Replace the placeholders of a constant by the values of the task's own inputs.

    Raises:
        LookupError: A placeholder names something that is not there.
    """
    if isinstance(value, str):
        return _filled_text(value, inputs, task_name)
    if isinstance(value, list):
        return folded(Listed(tuple(filled(item, inputs, task_name) for item in value)))
    if isinstance(value, dict):
        if any(PLACEHOLDER.search(key) for key in value):
            raise LookupError("a placeholder stands in the key of an object")
        return folded(Mapped({key: filled(item, inputs, task_name) for key, item in value.items()}))
    return Literal(value)


def selected(value: Value, path: tuple[str | int, ...]) -> Value:
    """Return the part of a value.

    Raises:
        LookupError: The constant has no such part.
    """
    if not path or isinstance(value, Refused | Skipped | Absent):
        return value
    if isinstance(value, StepOutput):
        return StepOutput(value.step, value.output, value.kind, (*value.path, *path))
    if isinstance(value, Literal):
        content = json.loads(value.value) if isinstance(value.value, str) else value.value
        try:
            return selected(Literal(content[path[0]]), path[1:])  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            raise LookupError(f"the constant {content!r} has no part {path[0]!r}") from None
    if isinstance(value, Listed) and isinstance(path[0], int):
        return selected(value.items[path[0]], path[1:])
    if isinstance(value, Mapped) and isinstance(path[0], str):
        return selected(value.members[path[0]], path[1:])
    if isinstance(value, FirstOf):
        raise LookupError("a part of an output that depends on a branch")
    raise LookupError("a part of this value is known only when the pipeline runs")


def folded(value: Value) -> Value:
    """Turn a list, object or text of constants into one constant."""
    if isinstance(value, Listed) and all(isinstance(item, Literal) for item in value.items):
        return Literal([item.value for item in value.items if isinstance(item, Literal)])
    if isinstance(value, Mapped) and all(isinstance(v, Literal) for v in value.members.values()):
        return Literal({k: v.value for k, v in value.members.items() if isinstance(v, Literal)})
    return value


def written(value: JsonValue) -> str:
    """Return how a constant reads within a text."""
    return value if isinstance(value, str) else json.dumps(value)


def _filled_text(text: str, inputs: Mapping[str, Value], task_name: str) -> Value:
    parts: list[Value] = []
    position = 0
    for match in PLACEHOLDER.finditer(text):
        parts.append(Literal(text[position : match.start()]))
        position = match.end()
        if match["fact"]:
            parts.append(_fact(match["fact"], task_name))
            continue
        if match["input"] not in inputs:
            raise LookupError(f"the placeholder names no input: {match['input']!r}")
        parts.append(inputs[match["input"]])
    parts.append(Literal(text[position:]))
    return joined(parts)


def joined(parts: list[Value]) -> Value:
    """Join parts to one text; neighbouring constants become one."""
    merged: list[Value] = []
    for part in parts:
        for inner in part.parts if isinstance(part, Text) else (part,):
            if isinstance(inner, Refused | Skipped):
                return inner
            if isinstance(inner, Absent):
                raise LookupError("a text holds a parameter that has no value")
            if not isinstance(inner, Literal):
                merged.append(inner)
                continue
            piece = written(inner.value)
            if merged and isinstance(merged[-1], Literal):
                merged[-1] = Literal(written(merged[-1].value) + piece)
            elif piece:
                merged.append(Literal(piece))
    if not merged:
        return Literal("")
    if len(merged) == 1 and isinstance(merged[0], Literal):
        return merged[0]
    return Text(tuple(merged))


def _fact(name: str, task_name: str) -> Value:
    if name == "pipeline_task_name":
        return Literal(task_name)
    if name == WORKSPACE:
        raise SharedFolderError("the task uses the folder that all tasks of a run share")
    if name == "pipeline_task_uuid":
        return JobIdentity()
    if name in NAMES:
        return Text(
            (
                ExecutionVariable("PipelineName"),
                Literal("-"),
                ExecutionVariable("PipelineExecutionId"),
            )
        )
    if name in FACTS:
        return ExecutionVariable(FACTS[name])
    raise LookupError(f"SageMaker has no equivalent of `{{{{$.{name}}}}}`")

"""A container's command said in the definition itself, for images without Python."""

from __future__ import annotations

import json
import re
from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.inputs import artifact_source, input_name
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.processing import INPUT_ROOT, OUTPUT_ROOT
from penstock.targets.sagemaker.references import (
    PARAMETERS_FILE,
    Expression,
    RefusedValueError,
    as_text,
)
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.templates import joined
from penstock.targets.sagemaker.values import Absent, Literal, StepArtifact, Value

_PLACEHOLDER = re.compile(r"\{\{\$(.*?)\}\}", re.DOTALL)
_KEY = r"\[['\"](.*?)['\"]\]"
_SUFFIXES = {
    "system.Metrics": ".json",
    "system.ClassificationMetrics": ".json",
    "system.SlicedClassificationMetrics": ".json",
    "system.HTML": ".html",
}


class NativeCommand:
    """Writes the words of one step's command; `inputs` are the artifacts that it reads."""

    def __init__(self, plan: Plan, step: Step) -> None:
        self._plan, self._step = plan, step
        self.inputs: dict[str, Expression] = {}

    def words(self, texts: tuple[str, ...]) -> list[Expression]:
        """Return the words as expressions.

        Raises:
            RefusedValueError: A word needs something that only Python in the image could find out.
        """
        if self._step.task.retry is not None and self._step.task.retry.max_attempts:
            raise self._refuse("is to be tried again when its code fails")
        found: list[Expression] = []
        for text in texts:
            for value in self._structure(_as_structure(text)):
                found.append(as_text(value, self._plan.names, self._plan.readable))
        return found

    def _structure(self, part: Any) -> list[Value]:
        if isinstance(part, str):
            return [self._filled(part)]
        if isinstance(part, list):
            return [value for member in part for value in self._structure(member)]
        if isinstance(part, dict) and "Concat" in part:
            return [joined(self._structure(part["Concat"]))]
        if isinstance(part, dict) and "IfPresent" in part:
            condition = part["IfPresent"]
            name = condition["InputName"]
            present = not isinstance(
                self._step.parameters.get(name, self._step.artifacts.get(name, Absent())), Absent
            )
            return self._structure(condition.get("Then" if present else "Else") or [])
        raise self._refuse(f"holds {part!r}")

    def _filled(self, text: str) -> Value:
        parts: list[Value] = []
        position = 0
        for match in _PLACEHOLDER.finditer(text):
            parts += [Literal(text[position : match.start()]), self._value(match[1], match[0])]
            position = match.end()
        return joined([*parts, Literal(text[position:])])

    def _value(self, path: str, whole: str) -> Value:
        parameter = re.fullmatch(r"\.inputs\.parameters" + _KEY, path)
        if parameter:
            value = self._step.parameters.get(parameter[1], Absent())
            return Literal("") if isinstance(value, Absent) else value
        file = re.fullmatch(r"\.outputs\.parameters" + _KEY + r"\.output_file", path)
        if file:
            return Literal(f"{OUTPUT_ROOT}/{PARAMETERS_FILE}/{file[1]}")
        artifact = re.fullmatch(r"\.(inputs|outputs)\.artifacts" + _KEY + r"\.(?:path|uri)", path)
        if artifact and artifact[1] == "outputs":
            slot = self._step.interface.output_artifacts[artifact[2]]
            payload = _payload(artifact[2], slot.schema_title)
            return Literal(f"{OUTPUT_ROOT}/{artifact[2]}/{payload}")
        if artifact:
            return self._input(artifact[2])
        raise self._refuse(f"holds the placeholder `{whole}`")

    def _input(self, name: str) -> Value:
        value = self._step.artifacts.get(name, Absent())
        if isinstance(value, StepArtifact):
            producer = self._plan.step(value.step)
            source = artifact_source(self._plan, producer, value.output)
            if not source.member:
                self.inputs[input_name(name)] = source.uri
                payload = _payload(value.output, value.schema_title)
                return Literal(f"{INPUT_ROOT}/{input_name(name)}/{payload}")
        raise self._refuse(f"reads the artifact `{name}`, whose files have names unknown now")

    def _refuse(self, why: str) -> RefusedValueError:
        return RefusedValueError(
            Problem(
                f"the command runs in the image `{self._step.container.image}`, which is not known "
                f"to hold Python, and {why}.",
                remedy="Use an image with Python; `python` in its name or command tells.",
            )
        )


def _as_structure(text: str) -> Any:
    if text.lstrip().startswith("{") and ('"IfPresent"' in text or '"Concat"' in text):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _payload(output: str, schema_title: str) -> str:
    suffix = _SUFFIXES.get(schema_title)
    return output + suffix if suffix else "data"

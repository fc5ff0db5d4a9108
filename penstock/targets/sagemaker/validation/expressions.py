"""References and functions inside a definition: `Get`, `Std:Join` and `Std:JsonGet`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.parameters import Parameter
from penstock.targets.sagemaker.validation.property_files import declared_property_files
from penstock.targets.sagemaker.validation.scalar_kind import ScalarKind, describe, kind_of_value
from penstock.targets.sagemaker.validation.step_properties import Unresolved, resolve_property
from penstock.targets.sagemaker.validation.steps import Step, StepIndex

# ExecutionVariables of the SageMaker Python SDK 3.27 and of "Execution properties" in the guide.
EXECUTION_VARIABLES = {
    "StartDateTime": ScalarKind.UNKNOWN,
    "CurrentDateTime": ScalarKind.UNKNOWN,
    "PipelineName": ScalarKind.STRING,
    "PipelineArn": ScalarKind.STRING,
    "PipelineExecutionId": ScalarKind.STRING,
    "PipelineExecutionArn": ScalarKind.STRING,
    "TrainingJobName": ScalarKind.STRING,
    "ProcessingJobName": ScalarKind.STRING,
}
_FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
_NAMESPACES = ("Parameters", "Execution", "Steps")
_STEP = re.compile(r"Steps\.(?P<name>[^.\[\]]+)(?P<path>.*)", re.DOTALL)
_PROPERTY_FILE = re.compile(r"\.PropertyFiles(?:\.(?P<name>[^.\[\]]+)|\['(?P<quoted>[^']+)'\])")


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression stands for: its kind and, for a parameter, which one."""

    kind: ScalarKind
    parameter: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A step that reads another one."""

    reader: str
    source: str
    path: str


@dataclass(slots=True)
class Expressions:
    """Resolves the expressions of one definition and remembers who reads whom."""

    parameters: Mapping[str, Parameter]
    steps: StepIndex
    report: Report
    edges: list[Edge] = field(default_factory=list)

    def resolve(self, expression: Mapping[str, object], path: str, reader: Step | None) -> Value:
        """Check an expression and return what it stands for.

        Args:
            expression: An object for which `is_expression` holds.
            path: Where it stands.
            reader: The step it belongs to; None outside the steps.
        """
        function = next(key for key in expression if _is_function(key))
        if len(expression) > 1:
            others = ", ".join(repr(key) for key in expression if key != function)
            self.report.error(
                path,
                f"{function} stands beside {others}.",
                "An expression is an object with that one key: move the others out.",
            )
        body = expression[function]
        if function == "Get":
            return self._get(body, f"{path}.Get", reader)
        if function == "Std:Join":
            self._join(body, f"{path}.Std:Join", reader)
            return Value(ScalarKind.STRING)
        if function == "Std:JsonGet":
            self._json_get(body, f"{path}.Std:JsonGet", reader)
            return Value(ScalarKind.UNKNOWN)
        self.report.error(
            path,
            f"there is no function {function!r}.",
            known_names(function.removeprefix("Std:"), _FUNCTIONS),
        )
        return Value(ScalarKind.UNKNOWN)

    def walk(self, value: object, path: str, reader: Step | None) -> None:
        """Check every expression inside a value of which no shape is known."""
        if is_expression(value):
            self.resolve(value, path, reader)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self.walk(item, f"{path}.{key}", reader)
        elif isinstance(value, list):
            for position, item in enumerate(value):
                self.walk(item, f"{path}[{position}]", reader)

    def _get(self, target: object, path: str, reader: Step | None) -> Value:
        unknown = Value(ScalarKind.UNKNOWN)
        if not isinstance(target, str):
            self.report.error(
                path, f"must be a string, not {describe(target)}.", "Write a reference."
            )
            return unknown
        namespace, _, rest = target.partition(".")
        if namespace == "Parameters":
            return self._parameter(rest, path)
        if namespace == "Execution":
            if rest in EXECUTION_VARIABLES:
                return Value(EXECUTION_VARIABLES[rest])
            self.report.error(
                path,
                f"there is no execution variable {rest!r}.",
                known_names(rest, EXECUTION_VARIABLES),
            )
            return unknown
        if namespace == "Steps":
            return Value(self._step_value(target, path, reader))
        if namespace == "ForEach" and (rest + ".").startswith(("CurrentItem.", "CurrentItem[")):
            if reader is None or not reader.loop:
                self.report.error(
                    path,
                    "ForEach.CurrentItem exists only inside a ForEachBody.",
                    "Move the step into the ForEach step, or read something else.",
                )
            return unknown
        if namespace == "IterationOutput" and reader is not None and reader.type_name == "ForEach":
            return unknown
        self.report.error(
            path,
            f"{target!r} refers to nothing.",
            known_names(namespace, _NAMESPACES),
        )
        return unknown

    def _parameter(self, name: str, path: str) -> Value:
        parameter = self.parameters.get(name)
        if parameter is not None:
            return Value(parameter.kind, parameter)
        self.report.error(
            path,
            f"there is no parameter {name!r}.",
            known_names(name, self.parameters, none="Declare it in Parameters."),
        )
        return Value(ScalarKind.UNKNOWN)

    def _step_value(self, target: str, path: str, reader: Step | None) -> ScalarKind:
        step, rest = self._step(target, path, reader)
        if step is None:
            return ScalarKind.UNKNOWN
        if rest.startswith(".PropertyFiles"):
            self.report.error(
                path,
                "a property file is no value.",
                "Read a value from it with Std:JsonGet and a Path.",
            )
            return ScalarKind.UNKNOWN
        found = resolve_property(step, rest)
        if isinstance(found, Unresolved):
            self.report.error(path, found.what, found.remedy)
            return ScalarKind.UNKNOWN
        return found

    def _step(self, target: str, path: str, reader: Step | None) -> tuple[Step | None, str]:
        match = _STEP.fullmatch(target)
        if match is None:
            self.report.error(path, f"{target!r} names no step.", "Write Steps.NAME.PROPERTY.")
            return None, ""
        name = match.group("name")
        step = self.steps.by_name.get(name)
        if step is None:
            self.report.error(
                path,
                f"there is no step {name!r}.",
                known_names(name, self.steps.by_name, none="The definition has no steps."),
            )
            return None, ""
        if reader is not None and self.steps.by_name.get(reader.name) is reader:
            self.edges.append(Edge(reader.name, name, path))
        return step, match.group("path")

    def _join(self, body: object, path: str, reader: Step | None) -> None:
        if not isinstance(body, Mapping):
            self.report.error(
                path,
                f"must be an object, not {describe(body)}.",
                'Write {"On": "/", "Values": [...]}.',
            )
            return
        self._unknown_keys(body, ("On", "Values"), path)
        if not isinstance(body.get("On"), str):
            what = "is missing." if "On" not in body else f"is {describe(body['On'])}."
            self.report.error(f"{path}.On", what, "Write the string that goes between the values.")
        values = body.get("Values")
        if not isinstance(values, list):
            what = "is missing." if "Values" not in body else f"is {describe(values)}."
            self.report.error(f"{path}.Values", what, "List the values to join.")
            return
        for position, value in enumerate(values):
            place = f"{path}.Values[{position}]"
            if is_expression(value):
                self.resolve(value, place, reader)
            elif kind_of_value(value) is None:
                self.report.error(
                    place,
                    f"{describe(value)} cannot be joined.",
                    "Join strings, numbers, booleans and references.",
                )

    def _json_get(self, body: object, path: str, reader: Step | None) -> None:
        if not isinstance(body, Mapping):
            self.report.error(
                path,
                f"must be an object, not {describe(body)}.",
                'Write {"PropertyFile": {"Get": ...}, "Path": ...}.',
            )
            return
        self._unknown_keys(body, ("PropertyFile", "S3Uri", "Path"), path)
        where = body.get("Path")
        if not isinstance(where, str) or not where:
            what = "is missing." if where is None else f"is {_shown(where)}."
            self.report.error(
                f"{path}.Path", what, "Write the literal path of the value, such as metrics.auc."
            )
        if ("PropertyFile" in body) == ("S3Uri" in body):
            what = "has both PropertyFile and S3Uri." if "S3Uri" in body else "reads no file."
            self.report.error(path, what, "Give either PropertyFile or S3Uri.")
        if "PropertyFile" in body:
            self._property_file(body["PropertyFile"], f"{path}.PropertyFile", reader)
        if "S3Uri" in body:
            self.walk(body["S3Uri"], f"{path}.S3Uri", reader)
            if not is_expression(body["S3Uri"]) and not isinstance(body["S3Uri"], str):
                self.report.error(
                    f"{path}.S3Uri", f"is {describe(body['S3Uri'])}.", "Write an S3 URI."
                )

    def _property_file(self, body: object, path: str, reader: Step | None) -> None:
        target = body.get("Get") if isinstance(body, Mapping) and len(body) == 1 else None
        if not isinstance(target, str) or not target.startswith("Steps."):
            self.report.error(
                path,
                "must be a reference to a step's property file.",
                'Write {"Get": "Steps.NAME.PropertyFiles.FILE"}.',
            )
            return
        path = f"{path}.Get"
        step, rest = self._step(target, path, reader)
        if step is None or step.type.opaque:
            return
        match = _PROPERTY_FILE.fullmatch(rest)
        if match is None:
            self.report.error(
                path,
                f"{target!r} names no property file.",
                f"Write Steps.{step.name}.PropertyFiles.FILE.",
            )
            return
        name = match.group("name") or match.group("quoted")
        files = declared_property_files(step)
        if name not in files:
            none = (
                "Declare it in the step's PropertyFiles."
                if "PropertyFiles" in step.type.keys
                else "Only a Processing step has property files."
            )
            self.report.error(
                path,
                f"step {step.name!r} declares no property file {name!r}.",
                known_names(name, files, none=none),
            )

    def _unknown_keys(self, body: Mapping[str, object], known: tuple[str, ...], path: str) -> None:
        for key in body:
            if key not in known:
                self.report.error(f"{path}.{key}", "is unknown.", known_names(str(key), known))


def is_expression(value: object) -> TypeGuard[Mapping[str, object]]:
    """Tell whether a JSON value is a reference or a function, well-formed or not."""
    return isinstance(value, Mapping) and any(_is_function(key) for key in value)


def _is_function(key: object) -> bool:
    return key == "Get" or (isinstance(key, str) and key.startswith("Std:"))


def _shown(value: object) -> str:
    return "empty" if value == "" else describe(value)

"""Read a definition and report everything that would stop it from running, before anything starts."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from penstock.errors import DefinitionError, Problem
from penstock.targets.local.definition import (
    RUNNABLE_STEPS,
    Definition,
    Parameter,
    Step,
    lay_flat,
    references,
)
from penstock.targets.local.documents import Document, objects

PARAMETER_TYPES: Mapping[str, type] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": bool,
}
EXECUTION_VARIABLES = (
    "CurrentDateTime",
    "PipelineArn",
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "ProcessingJobName",
    "StartDateTime",
    "TrainingJobName",
)
_TRIGGERS = ("Any", "Completed", "Failed", "Stopped")
_FUNCTIONS = ("Std:Join", "Std:JsonGet")


def read_definition(source: Document | Path) -> Definition:
    """Parse a definition and check its structure.

    Args:
        source: The definition, or the path of a JSON file that holds it.

    Raises:
        DefinitionError: Every fault found: unknown step types, references to nothing, cycles.
    """
    where = "definition"
    if isinstance(source, Path):
        where = str(source)
        try:
            source = json.loads(source.read_bytes())
        except OSError as error:
            raise DefinitionError(
                Problem(f"the definition cannot be read: {error.strerror}.", where)
            ) from error
        except ValueError as error:
            raise DefinitionError(
                Problem(f"the definition is not JSON: {error}.", where, "Compile it again.")
            ) from error
    shape = list(_shape_problems(source, where))
    if shape:
        raise DefinitionError(shape)
    parameters = {
        entry["Name"]: Parameter(
            entry["Name"],
            entry["Type"],
            entry.get("DefaultValue"),
            tuple(entry.get("EnumValues") or ()),
        )
        for entry in source.get("Parameters") or []
    }
    steps = list(lay_flat(source["Steps"]))
    definition = Definition(parameters, {step.name: step for step in steps}, source)
    problems = [*_step_problems(steps), *_reference_problems(definition)]
    problems += _cycle_problems(definition) if not problems else []
    if problems:
        raise DefinitionError(problems)
    return definition


def near(name: str, known: Iterable[str]) -> str:
    """Return the sentence that names the known values, the close ones alone where there are any."""
    names = sorted(known)
    if not names:
        return "There are none."
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Use one of: {', '.join(names)}."


def _shape_problems(source: Any, where: str) -> Iterator[Problem]:
    if not isinstance(source, Mapping) or not isinstance(source.get("Steps"), list):
        yield Problem(
            "this is no pipeline definition: it has no list `Steps`.",
            where,
            "Give the JSON that `pipeline compile --target sagemaker` writes.",
        )
        return
    if not source["Steps"]:
        yield Problem("the definition has no steps.", where)
    for entry in source.get("Parameters") or []:
        name = entry.get("Name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            yield Problem("a parameter has no name.", where)
        elif entry.get("Type") not in PARAMETER_TYPES:
            yield Problem(
                f"parameter {name} has the unknown type {entry.get('Type')}.",
                where,
                f"Use one of: {', '.join(PARAMETER_TYPES)}.",
            )
    for step in _all_steps(source["Steps"]):
        if not isinstance(step, Mapping) or not isinstance(step.get("Name"), str):
            yield Problem("a step has no name.", where)
        elif not isinstance(step.get("Arguments", {}), Mapping):
            yield Problem("its Arguments are no object.", f"step {step['Name']}")


def _all_steps(steps: Any) -> Iterator[Any]:
    for step in steps if isinstance(steps, list) else []:
        yield step
        arguments = step.get("Arguments") if isinstance(step, Mapping) else None
        if isinstance(arguments, Mapping) and step.get("Type") == "Condition":
            yield from _all_steps(arguments.get("IfSteps"))
            yield from _all_steps(arguments.get("ElseSteps"))


def _step_problems(steps: Iterable[Step]) -> Iterator[Problem]:
    seen: set[str] = set()
    for step in steps:
        where = f"step {step.name}"
        if step.name in seen:
            yield Problem("two steps have this name.", where, "Rename one of them.")
        seen.add(step.name)
        if step.type not in RUNNABLE_STEPS:
            yield Problem(
                f"steps of type {step.type} do not run on this machine.",
                where,
                f"It runs: {', '.join(RUNNABLE_STEPS)}.",
            )
        for dependency in step.dependencies:
            if dependency.trigger not in _TRIGGERS:
                yield Problem(
                    f"DependsOn has the unknown trigger {dependency.trigger}.",
                    where,
                    f"Use one of: {', '.join(_TRIGGERS)}.",
                )


def _reference_problems(definition: Definition) -> Iterator[Problem]:
    for step in definition.steps.values():
        where = f"step {step.name}"
        for dependency in step.dependencies:
            if dependency.step not in definition.steps:
                yield Problem(
                    f"it depends on {dependency.step}, which is no step of this pipeline.",
                    where,
                    near(dependency.step, definition.steps),
                )
        for path in dict.fromkeys(references(step.document)):
            yield from _path_problems(definition, path, where)
        for document in objects(step.document):
            for key in document:
                if key.startswith("Std:") and key not in _FUNCTIONS:
                    yield Problem(
                        f"the function {key} is unknown.",
                        where,
                        f"Use one of: {', '.join(_FUNCTIONS)}.",
                    )


def _path_problems(definition: Definition, path: str, where: str) -> Iterator[Problem]:
    scope, _, rest = path.partition(".")
    name, _, inner = rest.partition(".")
    if scope == "Parameters":
        if rest not in definition.parameters:
            yield Problem(
                f"{path} refers to no parameter of this pipeline.",
                where,
                near(rest, definition.parameters),
            )
    elif scope == "Execution":
        if rest not in EXECUTION_VARIABLES:
            yield Problem(
                f"{path} is no execution variable.", where, near(rest, EXECUTION_VARIABLES)
            )
    elif scope != "Steps":
        yield Problem(
            f"{path} refers to nothing.", where, "Start with Parameters, Steps or Execution."
        )
    elif name in definition.steps and inner.startswith("PropertyFiles."):
        files = definition.steps[name].property_files
        wanted = inner.removeprefix("PropertyFiles.")
        if wanted not in files:
            yield Problem(f"{path} refers to no property file.", where, near(wanted, files))


def _cycle_problems(definition: Definition) -> list[Problem]:
    graph = {
        step.name: {dependency.step for dependency in step.dependencies}
        for step in definition.steps.values()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        return [Problem(f"the steps wait for one another: {circle}.", "definition")]
    return []

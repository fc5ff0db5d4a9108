"""Read a definition and report all that would stop it from running, before anything starts."""

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
from penstock.targets.local.property_files import PathError, parse_path
from penstock.targets.local.shape import PARAMETER_TYPES, shape_problems

__all__ = ["EXECUTION_VARIABLES", "PARAMETER_TYPES", "near", "read_definition"]

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
    where, document = "definition", source
    if isinstance(source, Path):
        where, document = str(source), _parsed(source)
    try:
        return _checked(document, where)
    except RecursionError as error:
        raise DefinitionError(_too_deep(where)) from error


def near(name: str, known: Iterable[str]) -> str:
    """Return the sentence that names the known values, the close ones alone where there are any."""
    names = sorted(known)
    if not names:
        return "There are none."
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Use one of: {', '.join(names)}."


def _parsed(file: Path) -> Any:
    where = str(file)
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise DefinitionError(
            Problem(f"the definition cannot be read: {error.strerror}.", where, "Look at the path.")
        ) from error
    except RecursionError as error:
        raise DefinitionError(_too_deep(where)) from error
    except ValueError as error:
        raise DefinitionError(
            Problem(f"the definition is not JSON: {error}.", where, "Compile it again.")
        ) from error


def _too_deep(where: str) -> Problem:
    return Problem("the definition is nested too deeply.", where, "Compile it again.")


def _checked(source: Any, where: str) -> Definition:
    shape = list(shape_problems(source, where))
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
    problems = problems or list(_cycle_problems(definition))
    if problems:
        raise DefinitionError(problems)
    return definition


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
        yield from _property_file_problems(step, where)
        for document in objects(step.document):
            yield from _json_get_problems(document, where)
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
    elif name in definition.steps:
        try:
            parse_path(inner)
        except PathError as error:
            yield Problem(
                f"{path} leads nowhere: {error}.",
                where,
                f"Name what step {name} gives, such as Steps.{name}.NAME.",
            )


def _property_file_problems(step: Step, where: str) -> Iterator[Problem]:
    configuration = step.arguments.get("ProcessingOutputConfig")
    outputs = configuration.get("Outputs") if isinstance(configuration, Mapping) else None
    names = [
        str(output.get("OutputName"))
        for output in (outputs if isinstance(outputs, list) else [])
        if isinstance(output, Mapping)
    ]
    for file in step.property_files.values():
        if file.output not in names:
            yield Problem(
                f"its property file {file.name} is in the output {file.output}, which it does"
                " not have.",
                where,
                near(file.output, names),
            )


def _json_get_problems(document: Document, where: str) -> Iterator[Problem]:
    if "Std:JsonGet" not in document:
        return
    try:
        parse_path(document["Std:JsonGet"]["Path"])
    except PathError as error:
        yield Problem(
            f"a Std:JsonGet leads nowhere: {error}.", where, "Write it like metrics.roc_auc."
        )


def _cycle_problems(definition: Definition) -> Iterator[Problem]:
    graph = {
        step.name: [dependency.step for dependency in step.dependencies]
        for step in definition.steps.values()
    }
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            names = error.args[1]
            yield Problem(
                f"the steps wait for one another: {' → '.join(reversed(names))}.",
                "definition",
                "Take one of these edges out.",
            )
            # Each round takes one circle out, so that circles apart from it are told as well.
            graph = {
                name: [other for other in others if other not in names]
                for name, others in graph.items()
            }
        else:
            return

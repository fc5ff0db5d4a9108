"""The tasks of a bundle as the adapter reads them: a graph in JSON, its expressions parsed.

The adapter's side is `penstock/container/bundle.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.ir import conditions as ir
from penstock.ir.json_values import JsonValue
from penstock.ir.pipeline import (
    Binding,
    Component,
    Constant,
    Container,
    FinalStatus,
    FromInput,
    FromTask,
    Graph,
    Importer,
    Interface,
    Offered,
    Pipeline,
    Task,
)
from penstock.ir.selectors import parse_selector
from penstock.targets.sagemaker.adapter_call import KIND_WORDS
from penstock.targets.sagemaker.foreign import retry_in_container

BundleDocument = dict[str, Any]


def bundle_document(
    pipeline: Pipeline,
    tasks: Mapping[str, Task],
    outputs: Mapping[str, tuple[str, str, bool]],
) -> BundleDocument:
    """Return the document.

    Args:
        pipeline: Where the components are.
        tasks: The tasks of the bundle, bound to the bundle's inputs.
        outputs: For each output of the bundle the task, its output, and whether it is an artifact.
    """
    components: dict[str, Any] = {}
    for task in tasks.values():
        _add_component(pipeline, pipeline.components[task.component], components)
    return {
        "tasks": [_task(task) for task in tasks.values()],
        "components": components,
        "outputs": {
            name: {"task": task, "output": output, "artifact": artifact}
            for name, (task, output, artifact) in outputs.items()
        },
    }


def _add_component(pipeline: Pipeline, component: Component, found: dict[str, Any]) -> None:
    if component.name in found:
        return
    document: dict[str, Any] = {"interface": _interface(component.interface)}
    found[component.name] = document
    if component.graph is not None:
        document["graph"] = _graph(component.graph)
        for task in component.graph.tasks.values():
            _add_component(pipeline, pipeline.components[task.component], found)
        return
    executor = pipeline.executors[component.executor_label]
    if isinstance(executor, Importer):
        document["importer"] = {
            "uri": _binding(executor.uri),
            "schema_title": executor.schema_title,
            "metadata": dict(executor.metadata),
        }
    elif isinstance(executor, Container):
        document["container"] = {
            "command": list(executor.command),
            "arguments": list(executor.arguments),
            "environment": dict(executor.environment),
        }


def _interface(interface: Interface) -> dict[str, Any]:
    return {
        "defaults": {
            name: declared.default
            for name, declared in interface.input_parameters.items()
            if declared.has_default
        },
        "inputs": {
            name: KIND_WORDS[declared.kind] for name, declared in interface.input_parameters.items()
        },
        "artifacts": sorted(interface.input_artifacts),
        "returns": {
            name: KIND_WORDS[declared.kind]
            for name, declared in interface.output_parameters.items()
        },
        "outputs": {
            name: slot.schema_title + ("[]" if slot.is_list else "")
            for name, slot in interface.output_artifacts.items()
        },
    }


def _graph(graph: Graph) -> dict[str, Any]:
    return {
        "tasks": [_task(task) for task in graph.tasks.values()],
        "output_parameters": {k: _offered(v) for k, v in graph.output_parameters.items()},
        "output_artifacts": {k: _offered(v) for k, v in graph.output_artifacts.items()},
    }


def _offered(offered: Offered) -> list[list[str]]:
    return [[source.task, source.output] for source in offered.sources]


def _task(task: Task) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": task.name,
        "component": task.component,
        "parameters": {name: _binding(binding) for name, binding in task.parameters.items()},
        "artifacts": {name: _binding(binding) for name, binding in task.artifacts.items()},
        "after": list(task.after),
        "always": task.runs_always,
    }
    if task.condition:
        document["condition"] = _condition(parse(task))
    if task.retry is not None:
        document["retry"] = retry_in_container(task.retry)
    if task.iteration is not None:
        document["loop"] = {
            "items": task.iteration.items,
            "items_input": task.iteration.items_input,
            "item_input": task.iteration.item_input,
            "artifacts": task.iteration.over_artifacts,
        }
    return document


def parse(task: Task) -> ir.Condition:
    """Parse a task's condition."""
    return ir.parse_condition(task.condition, f"task {task.name}")


def _binding(binding: Binding) -> dict[str, JsonValue]:
    match binding:
        case Constant(value=value):
            return {"constant": value}
        case FromInput(name=name, selector=selector):
            return {"input": name, "path": list(parse_selector(selector))}
        case FromTask(task=task, output=output, selector=selector):
            return {"task": task, "output": output, "path": list(parse_selector(selector))}
        case FinalStatus(task=task):
            return {"status": task}


def _condition(condition: ir.Condition) -> list[Any]:
    match condition:
        case ir.Given(value=value):
            return ["given", value]
        case ir.Input(name=name):
            return ["input", name]
        case ir.Cast(kind=kind, operand=operand):
            return ["cast", kind, _condition(operand)]
        case ir.Comparison(operator=sign, left=left, right=right):
            return [sign, _condition(left), _condition(right)]
        case ir.Not(condition=inner):
            return ["!", _condition(inner)]
        case ir.All(parts=parts):
            return ["&&", *(_condition(part) for part in parts)]
        case ir.Either(parts=parts):
            return ["||", *(_condition(part) for part in parts)]

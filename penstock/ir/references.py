"""Checks that everything a pipeline names within itself is there."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.errors import Problem
from penstock.ir.pipeline import FinalStatus, FromTask, Graph, Interface, Pipeline, Task

_REMEDY = "Compile the pipeline again with KFP 2."


def dangling_references(pipeline: Pipeline, name: str) -> list[Problem]:
    """Return a problem for each component, executor, task or output that is named but not there."""
    return [Problem(what, name, _REMEDY) for what in _dangling(pipeline)]


def _dangling(pipeline: Pipeline) -> Iterator[str]:
    graphs = [("root", pipeline.root, pipeline.interface)]
    for component in pipeline.components.values():
        if component.graph is not None:
            graphs.append((component.name, component.graph, component.interface))
        elif component.executor_label not in pipeline.executors:
            yield (
                f"component `{component.name}` names the executor `{component.executor_label}`, "
                "which is not there."
            )
    for owner, graph, interface in graphs:
        for task in graph.tasks.values():
            yield from _of_task(pipeline, owner, graph, task)
        yield from _offered(pipeline, owner, graph, interface)
    yield from _circles(pipeline)


def _of_task(pipeline: Pipeline, owner: str, graph: Graph, task: Task) -> Iterator[str]:
    place = f"task `{task.name}` of `{owner}`"
    if task.component not in pipeline.components:
        yield f"{place} names the component `{task.component}`, which is not there."
    for earlier in task.after:
        if earlier not in graph.tasks:
            yield f"{place} comes after `{earlier}`, which is not there."
    for binding in (*task.parameters.values(), *task.artifacts.values()):
        if isinstance(binding, FromTask | FinalStatus) and binding.task not in graph.tasks:
            yield f"{place} reads task `{binding.task}`, which is not there."
        elif isinstance(binding, FromTask):
            yield from _output(pipeline, place, graph.tasks[binding.task], binding.output)


def _offered(pipeline: Pipeline, owner: str, graph: Graph, interface: Interface) -> Iterator[str]:
    for name, offered in (*graph.output_parameters.items(), *graph.output_artifacts.items()):
        if name not in interface.output_parameters and name not in interface.output_artifacts:
            yield f"`{owner}` gives the output `{name}`, which it does not declare."
        place = f"output `{name}` of `{owner}`"
        for source in offered.sources:
            if source.task not in graph.tasks:
                yield f"{place} comes from `{source.task}`, which is not there."
            else:
                yield from _output(pipeline, place, graph.tasks[source.task], source.output)


def _output(pipeline: Pipeline, place: str, task: Task, output: str) -> Iterator[str]:
    component = pipeline.components.get(task.component)
    if component is None:
        return
    interface = component.interface
    if output not in interface.output_parameters and output not in interface.output_artifacts:
        yield f"{place} reads the output `{output}` of `{task.name}`, which declares none such."


def _circles(pipeline: Pipeline) -> Iterator[str]:
    """A component whose graph holds itself would never end."""
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> Iterator[str]:
        if name in above:
            yield f"component `{name}` holds itself."
            return
        component = pipeline.components.get(name)
        if name in done or component is None or component.graph is None:
            return
        for task in component.graph.tasks.values():
            yield from visit(task.component, (*above, name))
        done.add(name)

    for name in pipeline.components:
        yield from visit(name, ())

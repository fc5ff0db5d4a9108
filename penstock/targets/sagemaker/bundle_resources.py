"""What the tasks of a shared job ask for together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from penstock.errors import PortabilityError
from penstock.ir.pipeline import Component, Container, Importer, Pipeline, Resources, Task
from penstock.targets.sagemaker.instance_types import INSTANCE_TYPES, smallest_instance_type


def larger(one: object, named: object, resources: Resources) -> str:
    """Return the larger instance type: the one so far, or what a task names or asks for."""
    order = {kind.name: kind for kind in INSTANCE_TYPES}
    other = str(named) if named else _smallest(resources)
    if not isinstance(one, str) or one not in order:
        return other if not isinstance(one, str) else one
    if other not in order:
        return other
    return max(
        (one, other),
        key=lambda name: (order[name].accelerators, order[name].cores, order[name].memory_gib),
    )


def _smallest(resources: Resources) -> str:
    try:
        return smallest_instance_type(resources, "")
    except ValueError as error:
        raise PortabilityError(error.args[0]) from None


def leaves(pipeline: Pipeline, tasks: Iterable[Task]) -> Iterator[tuple[Component, Container]]:
    """Yield the containers that tasks run, at any depth, with their components."""
    for task in leaf_tasks(pipeline, tasks):
        component = pipeline.components[task.component]
        executor = pipeline.executors[component.executor_label]
        if isinstance(executor, Container):
            yield component, executor


def leaf_tasks(pipeline: Pipeline, tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield the tasks that run a container, at any depth."""
    for task in tasks:
        component = pipeline.components[task.component]
        if component.graph is not None:
            yield from leaf_tasks(pipeline, component.graph.tasks.values())
        elif not isinstance(pipeline.executors[component.executor_label], Importer):
            yield task

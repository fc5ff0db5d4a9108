"""Which tasks share a job: wishes joined, with everything that lies between their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.ir.pipeline import FinalStatus, FromTask, Graph, Pipeline, Task
from penstock.targets.sagemaker.results import Together

ROOT = "root"
JOINED = "-and-"


def groups_of(
    pipeline: Pipeline, wishes: tuple[Together, ...]
) -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield the graph's name, the tasks and the reason of each job; overlapping wishes join."""
    by_owner: dict[str, list[tuple[frozenset[str], str]]] = {}
    for wish in wishes:
        groups = by_owner.setdefault(wish.owner, [])
        tasks, why = wish.tasks, wish.why
        for group in [group for group in groups if group[0] & tasks]:
            groups.remove(group)
            tasks, why = tasks | group[0], group[1]
        groups.append((tasks, why))
    inside = _owners_inside(pipeline, by_owner)
    for owner in sorted(by_owner):
        if owner in inside or (owner != ROOT and owner not in pipeline.components):
            continue
        merged: list[tuple[frozenset[str], str]] = []
        for tasks, why in by_owner[owner]:
            closed = _closed(graph_of(pipeline, owner), tasks)
            for group in [group for group in merged if group[0] & closed]:
                merged.remove(group)
                closed = _closed(graph_of(pipeline, owner), closed | group[0])
            merged.append((closed, why))
        for tasks, why in merged:
            yield owner, tasks, why


def _owners_inside(
    pipeline: Pipeline, groups: Mapping[str, list[tuple[frozenset[str], str]]]
) -> set[str]:
    """Return the graphs that are wholly within a job that a graph around them makes."""
    together = {
        owner: frozenset(name for tasks, _ in members for name in tasks)
        for owner, members in groups.items()
    }
    reached: set[str] = set()
    waiting = [ROOT]
    while waiting:
        owner = waiting.pop()
        if owner in reached or (owner != ROOT and pipeline.components[owner].graph is None):
            continue
        reached.add(owner)
        graph = graph_of(pipeline, owner)
        closed = _closed(graph, together[owner]) if owner in together else frozenset()
        waiting.extend(task.component for name, task in graph.tasks.items() if name not in closed)
    return set(pipeline.components) - reached


def _closed(graph: Graph, tasks: frozenset[str]) -> frozenset[str]:
    """Add the tasks on any way from one task of the group to another."""
    before = {name: needed_by(task) for name, task in graph.tasks.items()}

    def reaches(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(before.get(start, ()))
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(before.get(name, ()))
        return seen

    upstream = {name: reaches(name) for name in graph.tasks}
    needed_by_group = set().union(*(upstream[name] for name in tasks))
    between = {name for name in graph.tasks if name in needed_by_group and upstream[name] & tasks}
    return tasks | between


def needed_by(task: Task) -> set[str]:
    """Return the tasks that a task needs to have ended."""
    bindings = (*task.parameters.values(), *task.artifacts.values())
    return {b.task for b in bindings if isinstance(b, FromTask | FinalStatus)} | set(task.after)


def graph_of(pipeline: Pipeline, owner: str) -> Graph:
    """Return the graph of a component, or of the pipeline itself."""
    graph = pipeline.root if owner == ROOT else pipeline.components[owner].graph
    if graph is None:
        raise TypeError(owner)
    return graph


def original(new: list[Together], old: tuple[Together, ...]) -> tuple[Together, ...]:
    """Return wishes in terms of the pipeline's own tasks, where they name a bundle's task."""
    found = []
    for wish in new:
        tasks: set[str] = set()
        for name in wish.tasks:
            parts = name.split(JOINED)
            known = {
                task for earlier in old if earlier.owner == wish.owner for task in earlier.tasks
            }
            tasks |= set(parts) if set(parts) & known else {name}
        found.append(Together(wish.owner, frozenset(tasks), wish.why))
    return tuple(found)

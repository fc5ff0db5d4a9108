"""The graph of the steps: explicit dependencies, cycles, ways out of a branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from penstock.targets.sagemaker.validation.expressions import Edge
from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import describe
from penstock.targets.sagemaker.validation.steps import Step, StepIndex

# TriggerCondition of the SageMaker Python SDK 3.27.
_TRIGGERS = ("Completed", "Failed", "Stopped", "Any")


@dataclass(frozen=True, slots=True)
class _Dependency:
    name: str
    trigger: str
    path: str


def check_graph(index: StepIndex, edges: Iterable[Edge], report: Report) -> None:
    """Check that every step can be reached in some order.

    Args:
        index: The steps.
        edges: Who reads whom, from the expressions.
        report: Takes the findings.
    """
    graph: dict[str, list[str]] = {name: [] for name in index.by_name}
    crossings: dict[str, list[Edge]] = {}
    waits = [*edges]
    for step in index.steps:
        dependencies = _dependencies(step, index, report)
        if index.by_name.get(step.name) is not step:
            # Its name is another step's too, or missing: edges by name would be the other's.
            continue
        for dependency in dependencies:
            if dependency.trigger == "Completed":
                waits.append(Edge(step.name, dependency.name, dependency.path))
            elif step.name in graph:
                graph[step.name].append(dependency.name)
        for holder in (step.branch.condition if step.branch else "", step.loop):
            if holder in graph and step.name in graph and holder != step.name:
                graph[step.name].append(holder)
    for edge in waits:
        if edge.reader in graph:
            graph[edge.reader].append(edge.source)
            crossings.setdefault(edge.reader, []).append(edge)
    _check_cycles(graph, index, report)
    for step in index.by_name.values():
        _check_crossings(step, crossings.get(step.name, []), index, report)


def _dependencies(step: Step, index: StepIndex, report: Report) -> list[_Dependency]:
    written = step.body.get("DependsOn")
    if written is None:
        return []
    path = f"{step.path}.DependsOn"
    if not isinstance(written, list):
        report.error(path, f"is {describe(written)}.", "Write a list of step names.")
        return []
    found: list[_Dependency] = []
    for position, entry in enumerate(written):
        dependency = _dependency(entry, f"{path}[{position}]", report)
        if dependency is None:
            continue
        if dependency.name not in index.by_name:
            report.error(
                dependency.path,
                f"there is no step {dependency.name!r}.",
                known_names(dependency.name, [n for n in index.by_name if n != step.name]),
            )
        elif index.by_name[dependency.name].type_name == "Condition":
            # aws/sagemaker-python-sdk issue 3565 reports that CreatePipeline refuses it; newer
            # services may not.
            report.warning(
                dependency.path,
                f"{dependency.name!r} is a Condition step: SageMaker may refuse to wait for it.",
                "Wait for a step inside its branches, or for what the condition reads.",
            )
            found.append(dependency)
        elif any(dependency.name == earlier.name for earlier in found):
            report.warning(
                dependency.path, f"{dependency.name!r} is listed twice.", "List it once."
            )
        else:
            found.append(dependency)
    return found


def _dependency(entry: object, path: str, report: Report) -> _Dependency | None:
    if isinstance(entry, str):
        return _Dependency(entry, "Completed", path)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("Step"), str):
        report.error(
            path,
            f"is {describe(entry)} that names no step.",
            'Write a step name, or {"Step": NAME, "Trigger": TRIGGER}.',
        )
        return None
    for key in entry:
        if key not in ("Step", "Trigger"):
            report.error(f"{path}.{key}", "is unknown.", known_names(str(key), ("Step", "Trigger")))
    trigger = entry.get("Trigger", "Completed")
    if trigger not in _TRIGGERS:
        report.error(
            f"{path}.Trigger",
            f"there is no trigger {trigger!r}.",
            known_names(str(trigger), _TRIGGERS),
        )
    return _Dependency(entry["Step"], str(trigger), path)


def _check_cycles(graph: Mapping[str, list[str]], index: StepIndex, report: Report) -> None:
    reported: set[frozenset[str]] = set()
    finished: set[str] = set()
    for start in graph:
        trail: list[str] = []
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            name, position = stack.pop()
            if position == 0:
                if name in finished:
                    continue
                trail.append(name)
            if position < len(graph[name]):
                stack.append((name, position + 1))
                following = graph[name][position]
                if following in trail:
                    cycle = trail[trail.index(following) :]
                    if frozenset(cycle) not in reported:
                        reported.add(frozenset(cycle))
                        _report_cycle(cycle, index, report)
                elif following not in finished:
                    stack.append((following, 0))
            else:
                finished.add(name)
                trail.pop()


def _report_cycle(cycle: list[str], index: StepIndex, report: Report) -> None:
    path = index.by_name[cycle[0]].path
    if len(cycle) == 1:
        report.error(path, "depends on itself.", "Remove that dependency.")
        return
    way = " → ".join([*cycle, cycle[0]])
    report.error(path, f"the steps wait for one another: {way}.", "Remove one of these edges.")


def _check_crossings(step: Step, edges: list[Edge], index: StepIndex, report: Report) -> None:
    """Report what a step outside a branch waits for inside it.

    A step whose branch is not taken never runs, and a step starts only when all that it depends on
    have completed, so a wait for one branch makes the step conditional and a wait for both stops
    it for ever. SageMaker accepts either (aws/sagemaker-python-sdk issue 3565).
    """
    sides: dict[str, dict[str, Edge]] = {}
    for edge in edges:
        source = index.by_name[edge.source]
        branch = source.branch
        if branch is None or branch == step.branch or branch.condition == step.name:
            continue
        sides.setdefault(branch.condition, {}).setdefault(branch.side, edge)
    for condition, taken in sides.items():
        own = {step.branch.side} if step.branch and step.branch.condition == condition else set()
        first = next(iter(taken.values()))
        if len(taken.keys() | own) > 1:
            other = list(taken.values())[-1]
            report.error(
                other.path,
                f"waits for {other.source!r} on the other branch of {condition!r} too, "
                "so the step can never run.",
                "Wait for the steps of one branch only, or write the step once in each branch.",
            )
        else:
            side = next(iter(taken))
            report.warning(
                first.path,
                f"{first.source!r} is inside {side} of {condition!r}: this step runs only when "
                "that branch is taken.",
                "Move the step into the branch to say so.",
            )

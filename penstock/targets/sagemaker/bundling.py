"""Puts tasks that need to decide while they run into one job.

SageMaker fixes the steps of a pipeline when it is compiled. A loop over an output, a task that
asks how another ended, or a way through many branches has therefore no steps of its own; the same
tasks can run one after another in one job, where the adapter does what KFP's backend would do.
They must share an image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from penstock.errors import PortabilityError, Problem
from penstock.ir.json_values import JsonObject
from penstock.ir.pipeline import (
    ArtifactSlot,
    Binding,
    Component,
    Constant,
    Container,
    FinalStatus,
    FromInput,
    FromTask,
    Graph,
    Interface,
    Offered,
    OutputOf,
    Parameter,
    Pipeline,
    Resources,
    Task,
)
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.bundle_document import BundleDocument, bundle_document
from penstock.targets.sagemaker.bundle_groups import JOINED, ROOT, graph_of, groups_of, needed_by
from penstock.targets.sagemaker.bundle_resources import larger, leaf_tasks, leaves
from penstock.targets.sagemaker.results import Together
from penstock.targets.sagemaker.templates import FACTS, NAMES

FACT_PREFIX = "fact-"
_ALONE = ("training", "transform", "register", "fail")


@dataclass(frozen=True, slots=True)
class Bundled:
    """A pipeline with bundles in the place of some tasks; documents by executor label."""

    pipeline: Pipeline
    documents: Mapping[str, BundleDocument]
    notes: tuple[Problem, ...]


def bundled(pipeline: Pipeline, wishes: tuple[Together, ...], where: str) -> Bundled:
    """Put each group of tasks that the wishes name into one task.

    Raises:
        PortabilityError: Tasks that should share a job have different images, or one of them is a
            native step of its own.
    """
    documents: dict[str, BundleDocument] = {}
    notes: list[Problem] = []
    problems: list[Problem] = []
    for index, (owner, group, why) in enumerate(groups_of(pipeline, wishes)):
        graph = graph_of(pipeline, owner)
        bundle = _Bundle(pipeline, owner, graph, group, f"bundle-{index + 1}")
        listed = ", ".join(f"`{name}`" for name in sorted(group))
        wrong = bundle.problems(listed, why, where)
        if wrong:
            problems += wrong
            continue
        pipeline = bundle.applied()
        documents[bundle.label] = bundle.document
        what = f"the task {listed} runs as" if len(group) == 1 else f"the tasks {listed} run in"
        notes.append(Problem(f"{what} one job, because {why}.", where))
    if problems:
        raise PortabilityError(problems)
    return Bundled(pipeline, documents, tuple(notes))


class _Bundle:
    def __init__(
        self, pipeline: Pipeline, owner: str, graph: Graph, group: frozenset[str], label: str
    ) -> None:
        self._pipeline, self._owner, self._graph, self._group = pipeline, owner, graph, group
        self.label = label
        self._name = JOINED.join(name for name in graph.tasks if name in group)
        self._tasks = {name: task for name, task in graph.tasks.items() if name in group}
        self._leaves = list(leaves(pipeline, self._tasks.values()))
        self._parameters: dict[str, Binding] = {}
        self._artifacts: dict[str, Binding] = {}
        inner = {name: self._inner(task) for name, task in self._tasks.items()}
        self._bind_facts(str(self._tasks))
        self._outputs = {output: _plain(output) for output in self._wanted()}
        self.document = bundle_document(
            pipeline,
            inner,
            {
                plain: (output.task, output.output, self._slot(output) is not None)
                for output, plain in self._outputs.items()
            },
        )

    def problems(self, listed: str, why: str, where: str) -> list[Problem]:
        """Return why these tasks cannot share a job."""
        found: list[Problem] = []
        images = sorted({container.image for _, container in self._leaves})
        start = f"the tasks {listed} would have to run in one job, because {why}"
        if len(images) > 1:
            found.append(
                Problem(
                    f"{start}, and they use {len(images)} images: {', '.join(images)}.",
                    where,
                    "Use one image for them, or decide in a component.",
                )
            )
        settings = self._pipeline.platforms.get("sagemaker", {})
        for component, _ in self._leaves:
            kind = settings.get(component.executor_label, {}).get("step", "")
            if kind in _ALONE:
                found.append(
                    Problem(
                        f"{start}, and a {kind} step cannot.",
                        str(settings[component.executor_label].get("source", "")) or where,
                        "Take it out of the loop or branch.",
                    )
                )
        return found

    def applied(self) -> Pipeline:
        """Return the pipeline with one task in the place of the group."""
        after = tuple(
            dict.fromkeys(
                name
                for task in self._tasks.values()
                for name in task.after
                if name not in self._group
            )
        )
        task = Task(
            name=self._name,
            component=self.label,
            parameters=self._parameters,
            artifacts=self._artifacts,
            after=after,
            cached=all(leaf.cached for leaf in leaf_tasks(self._pipeline, self._tasks.values())),
            runs_always=self._runs_always(),
        )
        tasks: dict[str, Task] = {}
        for name, other in self._graph.tasks.items():
            if name not in self._group:
                tasks[name] = self._outer(other)
            elif self._name not in tasks:
                tasks[self._name] = task
        graph = Graph(
            tasks=tasks,
            output_parameters=self._offered(self._graph.output_parameters),
            output_artifacts=self._offered(self._graph.output_artifacts),
        )
        pipeline = self._pipeline
        components = {**pipeline.components, self.label: self._component()}
        root = pipeline.root
        if self._owner == ROOT:
            root = graph
        else:
            components[self._owner] = replace(components[self._owner], graph=graph)
        platforms = {
            platform: {**executors, self.label: self._settings(platform, executors)}
            for platform, executors in (pipeline.platforms or {"sagemaker": {}}).items()
        }
        return replace(
            pipeline,
            root=root,
            components=components,
            executors={**pipeline.executors, self.label: self._container()},
            platforms=platforms,
        )

    def _runs_always(self) -> bool:
        """The bundle itself runs after a failure if its first tasks do."""
        first = [
            task
            for task in self._tasks.values()
            if not needed_by(task) & self._group and task.after
        ]
        return bool(first) and all(task.runs_always for task in first)

    def _inner(self, task: Task) -> Task:
        """Bind what comes from outside of the group to inputs of the bundle."""
        return replace(
            task,
            parameters={k: self._bound(b, False) for k, b in task.parameters.items()},
            artifacts={k: self._bound(b, True) for k, b in task.artifacts.items()},
            after=tuple(name for name in task.after if name in self._group),
        )

    def _bind_facts(self, text: str) -> None:
        """Facts of the run that constants name come in as inputs; the job itself knows none."""
        for fact in (*NAMES, *FACTS):
            if f"{{{{$.{fact}}}}}" in text or any(
                f"{{{{$.{fact}}}}}" in str(component.graph)
                for component in self._pipeline.components.values()
            ):
                self._parameters[f"{FACT_PREFIX}{fact}"] = Constant(f"{{{{$.{fact}}}}}")

    def _bound(self, binding: Binding, artifact: bool) -> Binding:
        match binding:
            case FromInput(name=name, selector=selector):
                outer: Binding = FromInput(name)
            case FromTask(task=task, output=output, selector=selector) if task not in self._group:
                name, outer = f"{task}-{output}", FromTask(task, output)
            case _:
                return binding
        name = re.sub(r"[^A-Za-z0-9_]+", "-", name)
        (self._artifacts if artifact else self._parameters)[name] = outer
        return FromInput(name, selector)

    def _outer(self, task: Task) -> Task:
        def rebound(binding: Binding) -> Binding:
            if isinstance(binding, FromTask) and binding.task in self._group:
                output = OutputOf(binding.task, binding.output)
                return FromTask(self._name, self._outputs[output], binding.selector)
            if isinstance(binding, FinalStatus) and binding.task in self._group:
                return FinalStatus(self._name)
            return binding

        return replace(
            task,
            parameters={k: rebound(b) for k, b in task.parameters.items()},
            artifacts={k: rebound(b) for k, b in task.artifacts.items()},
            after=tuple(
                dict.fromkeys(self._name if name in self._group else name for name in task.after)
            ),
        )

    def _wanted(self) -> list[OutputOf]:
        """Return the outputs that anything outside of the group reads."""
        found: dict[OutputOf, None] = {}
        for name, task in self._graph.tasks.items():
            if name not in self._group:
                for binding in (*task.parameters.values(), *task.artifacts.values()):
                    if isinstance(binding, FromTask) and binding.task in self._group:
                        found[OutputOf(binding.task, binding.output)] = None
        for offered in (
            *self._graph.output_parameters.values(),
            *self._graph.output_artifacts.values(),
        ):
            for source in offered.sources:
                if source.task in self._group:
                    found[source] = None
        return list(found)

    def _offered(self, given: Mapping[str, Offered]) -> dict[str, Offered]:
        return {
            name: Offered(
                tuple(
                    OutputOf(self._name, self._outputs[source])
                    if source.task in self._group
                    else source
                    for source in offered.sources
                )
            )
            for name, offered in given.items()
        }

    def _slot(self, output: OutputOf) -> ArtifactSlot | None:
        task = self._tasks[output.task]
        slot = self._pipeline.components[task.component].interface.output_artifacts.get(
            output.output
        )
        if slot is not None and task.iteration is not None:
            return replace(slot, is_list=True)
        return slot

    def _component(self) -> Component:
        around = (
            self._pipeline.interface
            if self._owner == ROOT
            else self._pipeline.components[self._owner].interface
        )
        given: dict[str, Parameter] = {}
        for name, binding in self._parameters.items():
            declared = self._declared(binding, around)
            given[name] = Parameter(name, declared.kind, optional=True)
        slots: dict[str, ArtifactSlot] = {}
        for name, binding in self._artifacts.items():
            slots[name] = ArtifactSlot(name, self._schema_title(binding, around), optional=True)
        returned: dict[str, Parameter] = {}
        written: dict[str, ArtifactSlot] = {}
        for output, plain in self._outputs.items():
            slot = self._slot(output)
            if slot is not None:
                written[plain] = replace(slot, name=plain)
                continue
            task = self._tasks[output.task]
            declared = self._pipeline.components[task.component].interface.output_parameters[
                output.output
            ]
            kind = ParameterType.LIST if task.iteration is not None else declared.kind
            returned[plain] = Parameter(plain, kind)
        return Component(self.label, Interface(given, slots, returned, written), None, self.label)

    def _declared(self, binding: Binding, around: Interface) -> Parameter:
        if isinstance(binding, FromInput) and binding.name in around.input_parameters:
            return around.input_parameters[binding.name]
        if isinstance(binding, FromTask):
            component = self._pipeline.components[self._graph.tasks[binding.task].component]
            if binding.output in component.interface.output_parameters:
                declared = component.interface.output_parameters[binding.output]
                if self._graph.tasks[binding.task].iteration is not None:
                    return replace(declared, kind=ParameterType.LIST)
                return declared
        return Parameter("", ParameterType.STRING)

    def _schema_title(self, binding: Binding, around: Interface) -> str:
        if isinstance(binding, FromInput) and binding.name in around.input_artifacts:
            return around.input_artifacts[binding.name].schema_title
        if isinstance(binding, FromTask):
            component = self._pipeline.components[self._graph.tasks[binding.task].component]
            if binding.output in component.interface.output_artifacts:
                return component.interface.output_artifacts[binding.output].schema_title
        return "system.Artifact"

    def _container(self) -> Container:
        image = self._leaves[0][1].image if self._leaves else "python:3.11"
        return Container(image, ("python3",), (), {}, Resources())

    def _settings(self, platform: str, executors: Mapping[str, JsonObject]) -> JsonObject:
        """Join what a platform is asked for; on SageMaker the largest instance type of all."""
        joined: dict[str, object] = {}
        for component, container in self._leaves:
            joined.update(executors.get(component.executor_label, {}))
            if platform == "sagemaker":
                joined["instance_type"] = larger(
                    joined.get("instance_type"),
                    executors.get(component.executor_label, {}).get("instance_type"),
                    container.resources,
                )
        return joined  # type: ignore[return-value]  # values come from JSON objects


def _plain(output: OutputOf) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "_", f"{output.task}_{output.output}")

"""Flattens a pipeline: graphs inlined, loops unrolled, choices duplicated into their branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from penstock.errors import DefinitionError, Problem
from penstock.ir.conditions import parse_condition
from penstock.ir.json_values import JsonObject, restored
from penstock.ir.pipeline import (
    Component,
    Container,
    Graph,
    Importer,
    Interface,
    Pipeline,
    Task,
)
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.bindings import Bindings
from penstock.targets.sagemaker.choices import in_each_branch, offered
from penstock.targets.sagemaker.importing import imported, root_artifact
from penstock.targets.sagemaker.loops import loop_items
from penstock.targets.sagemaker.ordering import in_order
from penstock.targets.sagemaker.platforms import withheld_parameters
from penstock.targets.sagemaker.resolved_conditions import ALWAYS, NEVER, negate, operands, resolve
from penstock.targets.sagemaker.resource_values import known_resources
from penstock.targets.sagemaker.results import (
    Inputs,
    RefusedTaskError,
    Result,
    Together,
    merged,
    placing,
)
from penstock.targets.sagemaker.scopes import Scope
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.templates import WORKSPACE, folded
from penstock.targets.sagemaker.value_queries import all_steps, holds
from penstock.targets.sagemaker.values import (
    Absent,
    AnyValue,
    ArtifactValue,
    Finished,
    FirstOf,
    Listed,
    ListedArtifacts,
    Literal,
    Option,
    PipelineParameter,
    Refused,
    Skipped,
    StepArtifact,
    StepOutput,
    Value,
)

MOST_STEPS = 1_000
"""Unrolled steps beyond which a pipeline is refused; a definition of more would not fit anyway."""

ROOT = "root"


class Expansion:
    """One walk over a pipeline. `frozen` holds the parameters whose defaults stand for good."""

    def __init__(self, pipeline: Pipeline, frozen: frozenset[str]) -> None:
        self.pipeline = pipeline
        self.frozen = frozen
        self.withheld = withheld_parameters(pipeline)
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.needs_frozen: set[str] = set()
        self.needs_together: list[Together] = []
        self.needs_value: dict[str, str] = {}

    def run(self) -> None:
        """Fill `steps` and `problems`.

        `needs_frozen` names parameters whose defaults must stand, `needs_together` tasks that must
        run in one job: the caller arranges both and walks again. `needs_value` names parameters
        whose empty default cannot stand, each with the line that asks.
        """
        interface = self.pipeline.interface
        parameters: dict[str, Value] = {}
        for name, declared in interface.input_parameters.items():
            if name in self.frozen:
                parameters[name] = Literal(declared.default)
            elif name in self.withheld or declared.kind in (
                ParameterType.TASK_FINAL_STATUS,
                ParameterType.TASK_CONFIG,
            ):
                parameters[name] = Absent()
            else:
                optional = declared.optional and not declared.has_default
                parameters[name] = PipelineParameter(name, declared.kind, optional)
        artifacts: dict[str, ArtifactValue] = {
            name: root_artifact(slot) for name, slot in interface.input_artifacts.items()
        }
        self._graph(ROOT, self.pipeline.root, Inputs(parameters, artifacts), "")

    def where(self, task: Task, path: str) -> str:
        """Return the line that wires a task if it is known, else its path."""
        source = self._settings(task).get("source")
        return source if isinstance(source, str) and source else f"task {path}"

    def known(self, value: Value, where: str) -> Value:
        """Return a value that is needed before the run; a parameter is frozen for it."""
        if not isinstance(value, PipelineParameter):
            return value
        declared = self.pipeline.interface.input_parameters[value.name]
        if not declared.has_default:
            raise RefusedTaskError(
                Problem(
                    f"the pipeline parameter `{value.name}` is needed when the pipeline is "
                    "compiled, and it has no default.",
                    where,
                    "Give it a default.",
                )
            )
        self.needs_frozen.add(value.name)
        return Literal(declared.default)

    def interface_of(self, owner: str) -> Interface:
        """Return what the graph that `owner` names takes and gives."""
        if owner == ROOT:
            return self.pipeline.interface
        return self.pipeline.components[owner].interface

    def users_of_workspace(self, owner: str) -> tuple[str, ...]:
        """Return the tasks of a graph that name the workspace of the run."""
        graph = self.pipeline.root if owner == ROOT else self.pipeline.components[owner].graph
        tasks = graph.tasks.values() if graph is not None else ()
        return tuple(
            task.name
            for task in tasks
            if any(WORKSPACE in str(binding) for binding in task.parameters.values())
        )

    def _settings(self, task: Task) -> JsonObject:
        label = self.pipeline.components[task.component].executor_label
        return self.pipeline.platforms.get("sagemaker", {}).get(label, {})

    def _graph(self, owner: str, graph: Graph, given: Inputs, path: str) -> Result:
        results: dict[str, Result] = {}
        for task in in_order(graph.tasks):
            where = self.where(task, f"{path}{task.name}")
            try:
                results[task.name] = self._task(task, owner, results, given, path)
            except RefusedTaskError as refusal:
                if refusal.together is not None:
                    self.needs_together.append(refusal.together)
                else:
                    self.problems.append(refusal.problem)
                results[task.name] = Result(refused=True)
            except DefinitionError as error:
                self.problems.extend(
                    replace(problem, where=problem.where or where) for problem in error.problems
                )
                results[task.name] = Result(refused=True)
        return Result(
            parameters={
                name: offered(path, source, results, "parameters")  # type: ignore[misc]
                for name, source in graph.output_parameters.items()
            },
            artifacts={
                name: offered(path, source, results, "artifacts")  # type: ignore[misc]
                for name, source in graph.output_artifacts.items()
            },
            done=merged(token for result in results.values() for token in result.done),
        )

    def _task(
        self,
        task: Task,
        owner: str,
        results: Mapping[str, Result],
        given: Inputs,
        path: str,
    ) -> Result:
        after: list[AnyValue] = [*given.after]
        after_any: list[str] = [*given.after_any]
        for earlier in task.after:
            if task.runs_always:
                after_any.extend(all_steps(results[earlier].done))
            else:
                after.extend(results[earlier].done)
        if not task.runs_always and any(results[name].skipped for name in task.after):
            return self.skipped(task)
        bindings = Bindings(self, task, owner, self.where(task, f"{path}{task.name}"))
        parameters, artifacts = bindings.resolve(results, given)
        everything: list[AnyValue] = [*parameters.values(), *artifacts.values()]
        if any(holds(value, Refused) for value in everything):
            return Result(refused=True)
        if any(holds(value, Skipped) for value in everything):
            return self.skipped(task)
        if task.runs_always:
            bindings.check_always(parameters, artifacts, after_any)
        inputs = Inputs(
            parameters, artifacts, given.scope, tuple(after), tuple(dict.fromkeys(after_any))
        )
        return in_each_branch(
            self,
            task,
            owner,
            inputs,
            f"{path}{task.name}",
            results,
            lambda own, place: self._guarded(task, owner, own, place),
        )

    def _guarded(self, task: Task, owner: str, inputs: Inputs, path: str) -> Result:
        if not task.condition:
            return self._iterated(task, owner, inputs, path)
        where = self.where(task, path)
        parsed = parse_condition(task.condition, where)
        condition = placing(where, lambda: resolve(parsed, inputs.parameters))
        if condition == NEVER:
            return self.skipped(task)
        if condition == ALWAYS:
            return self._iterated(task, owner, inputs, path)
        if any(isinstance(value, Absent) for value in operands(condition)):
            raise RefusedTaskError(
                Problem(
                    "the condition compares a parameter that has no value.",
                    where,
                    "Give the parameter a default.",
                )
            )
        scope = Scope(path, condition, inputs.scope, all_steps(inputs.after), inputs.after_any)
        inner = self._iterated(
            task, owner, replace(inputs, scope=scope, after=(), after_any=()), path
        )
        otherwise = Scope(f"{path}!", negate(condition), inputs.scope, scope.after, scope.after_any)
        done = FirstOf(
            path,
            (
                Option("then", scope, Finished(all_steps(inner.done))),
                Option("otherwise", otherwise, Finished(())),
            ),
        )
        return replace(inner, done=(done,))

    def _iterated(self, task: Task, owner: str, inputs: Inputs, path: str) -> Result:
        if task.iteration is None:
            return self._component(task, inputs, path)
        results: list[Result] = []
        limit = task.iteration.parallelism_limit
        for index, item in enumerate(loop_items(self, task, owner, inputs, path)):
            own = inputs
            if limit and index >= limit:
                own = replace(own, after=(*inputs.after, *results[index - limit].done))
            given: dict[str, AnyValue] = {task.iteration.item_input: item}
            if task.iteration.over_artifacts:
                own = replace(own, artifacts={**inputs.artifacts, **given})  # type: ignore[dict-item]
            else:
                own = replace(own, parameters={**inputs.parameters, **given})  # type: ignore[dict-item]
            results.append(
                in_each_branch(
                    self,
                    task,
                    owner,
                    own,
                    f"{path}[{index}]",
                    {},
                    lambda given, place: self._component(task, given, place),
                )
            )
        interface = self.pipeline.components[task.component].interface
        values = {
            name: [r.parameters.get(name, Refused()) for r in results]
            for name in interface.output_parameters
        }
        artifacts = {
            name: [r.artifacts.get(name, Refused()) for r in results]
            for name in interface.output_artifacts
        }
        return Result(
            parameters={
                name: folded(Listed(tuple(one for one in items if not isinstance(one, Skipped))))
                for name, items in values.items()
            },
            artifacts={
                name: ListedArtifacts(tuple(one for one in items if not isinstance(one, Skipped)))
                for name, items in artifacts.items()
            },
            done=merged(token for result in results for token in result.done),
            refused=any(result.refused for result in results),
        )

    def _component(self, task: Task, inputs: Inputs, path: str) -> Result:
        component = self.pipeline.components[task.component]
        inputs = replace(inputs, parameters=_with_defaults(component.interface, inputs.parameters))
        if component.graph is not None:
            return self._graph(component.name, component.graph, inputs, f"{path}/")
        executor = self.pipeline.executors[component.executor_label]
        if isinstance(executor, Importer):
            artifact = imported(self, executor, inputs, self.where(task, path))
            return Result(artifacts=dict.fromkeys(component.interface.output_artifacts, artifact))
        return self._step(task, component, executor, inputs, path)

    def _step(
        self, task: Task, component: Component, container: Container, inputs: Inputs, path: str
    ) -> Result:
        where = self.where(task, path)
        if len(self.steps) >= MOST_STEPS:
            raise RefusedTaskError(
                Problem(
                    f"the pipeline unrolls to more than {MOST_STEPS:,} steps.",
                    where,
                    "Loop inside of a component instead.",
                )
            )
        self.steps.append(
            Step(
                path=path,
                where=where,
                task=task,
                interface=component.interface,
                container=replace(
                    container,
                    resources=known_resources(self, task, container.resources, inputs, where),
                ),
                settings=self._settings(task),
                context=inputs.parameters,
                parameters={
                    name: inputs.parameters[name]
                    for name in component.interface.input_parameters
                    if name in inputs.parameters
                },
                artifacts={
                    name: inputs.artifacts[name]
                    for name in component.interface.input_artifacts
                    if name in inputs.artifacts
                },
                scope=inputs.scope,
                after=all_steps(inputs.after),
                after_any=inputs.after_any,
            )
        )
        return Result(
            parameters={
                name: StepOutput(path, name, declared.kind)
                for name, declared in component.interface.output_parameters.items()
            },
            artifacts={
                name: StepArtifact(path, name, slot.schema_title)
                for name, slot in component.interface.output_artifacts.items()
            },
            done=(Finished((path,)),),
        )

    def skipped(self, task: Task) -> Result:
        """Return the result of a task that never runs."""
        interface = self.pipeline.components[task.component].interface
        return Result(
            parameters=dict.fromkeys(interface.output_parameters, Skipped()),
            artifacts=dict.fromkeys(interface.output_artifacts, Skipped()),
            skipped=True,
        )


def _with_defaults(interface: Interface, given: Mapping[str, Value]) -> dict[str, Value]:
    """Add the component's own defaults and give constants their declared types."""
    values = dict(given)
    for name, declared in interface.input_parameters.items():
        value = values.get(name, Absent())
        if isinstance(value, Absent) and declared.has_default:
            values[name] = Literal(declared.default)
        elif isinstance(value, Literal):
            values[name] = Literal(restored(value.value, declared.kind))
    return values

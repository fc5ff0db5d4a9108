"""Flattens a pipeline: nested graphs inlined, loops unrolled, choices duplicated into their branches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from penstock.errors import DefinitionError, PenstockError, Problem
from penstock.ir.conditions import parse_condition
from penstock.ir.json_values import JsonObject, JsonValue, restored
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
    Iteration,
    Offered,
    Pipeline,
    Task,
)
from penstock.ir.selectors import parse_selector
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.alternatives import chosen, chosen_all, first_choice
from penstock.targets.sagemaker.ordering import in_order
from penstock.targets.sagemaker.resolved_conditions import (
    ALWAYS,
    NEVER,
    Resolved,
    negate,
    operands,
    resolve,
)
from penstock.targets.sagemaker.scopes import Scope, within
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.templates import filled, folded, selected
from penstock.targets.sagemaker.values import (
    Absent,
    AnyValue,
    ArtifactValue,
    Finished,
    FirstOf,
    ImportedArtifact,
    Listed,
    ListedArtifacts,
    Literal,
    Option,
    PipelineParameter,
    Refused,
    Skipped,
    StepArtifact,
    StepOutput,
    Text,
    Value,
)

MOST_STEPS = 1_000
"""Unrolled steps beyond which a pipeline is refused; a definition of more would not fit anyway."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a task gives, and what must end before the tasks that come after it."""

    parameters: Mapping[str, Value] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactValue] = field(default_factory=dict)
    done: tuple[AnyValue, ...] = ()
    refused: bool = False
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What surrounds a task: values and artifacts by name, its branch, what must end first."""

    parameters: Mapping[str, Value]
    artifacts: Mapping[str, ArtifactValue]
    scope: Scope | None = None
    after: tuple[AnyValue, ...] = ()
    after_any: tuple[str, ...] = ()


class TooDynamicError(Exception):
    """A loop or an instance needs the value of a pipeline parameter before the run."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


class Expansion:
    """One walk over a pipeline. `frozen` holds the parameters whose defaults stand for good."""

    def __init__(self, pipeline: Pipeline, frozen: frozenset[str]) -> None:
        self.pipeline = pipeline
        self.frozen = frozen
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.needs_frozen: set[str] = set()

    def run(self) -> None:
        """Fill `steps` and `problems`; `needs_frozen` names parameters that must be frozen first."""
        interface = self.pipeline.interface
        parameters: dict[str, Value] = {}
        for name, declared in interface.input_parameters.items():
            if name in self.frozen:
                parameters[name] = Literal(declared.default)
            elif declared.kind in (ParameterType.TASK_FINAL_STATUS, ParameterType.TASK_CONFIG):
                parameters[name] = Absent()
            else:
                optional = declared.optional and not declared.has_default
                parameters[name] = PipelineParameter(name, declared.kind, optional)
        artifacts: dict[str, ArtifactValue] = {
            name: Absent()
            if slot.optional
            else ImportedArtifact(
                PipelineParameter(name, ParameterType.STRING), slot.schema_title, {}
            )
            for name, slot in interface.input_artifacts.items()
        }
        self._graph(self.pipeline.root, Inputs(parameters, artifacts), "")

    def _graph(self, graph: Graph, given: Inputs, path: str) -> Result:
        results: dict[str, Result] = {}
        for task in in_order(graph.tasks):
            where = f"{path}{task.name}"
            try:
                results[task.name] = self._task(task, graph, results, given, path)
            except _Refusal as refusal:
                self.problems.append(refusal.problem)
                results[task.name] = Result(refused=True)
            except DefinitionError as error:
                self.problems.extend(
                    replace(problem, where=problem.where or self._where(task, where))
                    for problem in error.problems
                )
                results[task.name] = Result(refused=True)
        return Result(
            parameters={
                name: self._offered(path, offered, results, "parameters")  # type: ignore[misc]
                for name, offered in graph.output_parameters.items()
            },
            artifacts={
                name: self._offered(path, offered, results, "artifacts")  # type: ignore[misc]
                for name, offered in graph.output_artifacts.items()
            },
            done=_merged([token for result in results.values() for token in result.done]),
        )

    def _task(
        self,
        task: Task,
        graph: Graph,
        results: Mapping[str, Result],
        given: Inputs,
        path: str,
    ) -> Result:
        where = self._where(task, f"{path}{task.name}")
        after: list[AnyValue] = [*given.after]
        after_any: list[str] = [*given.after_any]
        for earlier in task.after:
            if task.runs_always:
                after_any.extend(_all_steps(results[earlier].done))
            else:
                after.extend(results[earlier].done)
        if not task.runs_always and any(results[name].skipped for name in task.after):
            return self._skipped(task)
        parameters = {
            name: self._parameter(binding, results, given, where, task)
            for name, binding in task.parameters.items()
            if not isinstance(binding, Constant)
        }
        for name, binding in task.parameters.items():
            if isinstance(binding, Constant):
                parameters[name] = _guarded(
                    where, lambda b=binding: filled(b.value, parameters, task.name)
                )
        artifacts = {
            name: self._artifact(binding, results, given)
            for name, binding in task.artifacts.items()
        }
        everything: list[AnyValue] = [*parameters.values(), *artifacts.values()]
        if any(_holds(value, Refused) for value in everything):
            return Result(refused=True)
        if any(_holds(value, Skipped) for value in everything):
            return self._skipped(task)
        if task.runs_always:
            self._check_always(task, parameters, artifacts, where, after_any)
        inputs = Inputs(parameters, artifacts, given.scope, tuple(after), tuple(after_any))
        return self._each_choice(task, inputs, f"{path}{task.name}")

    def _each_choice(self, task: Task, inputs: Inputs, path: str) -> Result:
        """Expand the task once in each branch that its inputs come from."""
        everything: list[AnyValue] = [
            *inputs.parameters.values(),
            *inputs.artifacts.values(),
            *inputs.after,
        ]
        choice = first_choice(everything)
        if choice is None:
            return self._guarded_task(task, inputs, path)
        results: list[tuple[Option, Result]] = []
        for option in choice.options:
            if isinstance(option.value, Skipped | Refused):
                continue
            branch = Inputs(
                parameters=chosen_all(inputs.parameters, choice.key, option.label),
                artifacts=chosen_all(inputs.artifacts, choice.key, option.label),
                scope=within(inputs.scope, option.scope),
                after=tuple(chosen(token, choice.key, option.label) for token in inputs.after),
                after_any=inputs.after_any,
            )
            results.append((option, self._each_choice(task, branch, f"{path}@{option.label}")))
        if not results:
            return self._skipped(task)
        key = choice.key
        scopes = {option.label: within(inputs.scope, option.scope) for option, _ in results}

        def together(values: list[tuple[str, AnyValue]]) -> FirstOf:
            return FirstOf(
                key, tuple(Option(label, scopes[label], value) for label, value in values)
            )

        first = results[0][1]
        return Result(
            parameters={
                name: together([(o.label, r.parameters.get(name, Skipped())) for o, r in results])
                for name in first.parameters
            },
            artifacts={
                name: together([(o.label, r.artifacts.get(name, Skipped())) for o, r in results])
                for name in first.artifacts
            },
            done=(together([(o.label, Finished(_all_steps(r.done))) for o, r in results]),),
            refused=all(result.refused for _, result in results),
        )

    def _guarded_task(self, task: Task, inputs: Inputs, path: str) -> Result:
        if not task.condition:
            return self._iterated(task, inputs, path)
        where = self._where(task, path)
        parsed = parse_condition(task.condition, where)
        condition = _guarded(where, lambda: resolve(parsed, inputs.parameters))
        if condition == NEVER:
            return self._skipped(task)
        if condition == ALWAYS:
            return self._iterated(task, inputs, path)
        self._check_condition(condition, where)
        scope = Scope(path, condition, inputs.scope, _all_steps(inputs.after), inputs.after_any)
        inner = self._iterated(task, replace(inputs, scope=scope, after=(), after_any=()), path)
        otherwise = Scope(f"{path}!", negate(condition), inputs.scope, scope.after, scope.after_any)
        done = FirstOf(
            path,
            (
                Option("then", scope, Finished(_all_steps(inner.done))),
                Option("otherwise", otherwise, Finished(())),
            ),
        )
        return replace(inner, done=(done,))

    def _iterated(self, task: Task, inputs: Inputs, path: str) -> Result:
        if task.iteration is None:
            return self._component(task, inputs, path)
        items = self._items(task, task.iteration, inputs, path)
        results = []
        before = inputs.after
        limit = task.iteration.parallelism_limit
        for index, item in enumerate(items):
            own = replace(inputs, after=before)
            if limit and index >= limit:
                earlier = results[index - limit]
                own = replace(own, after=(*before, *earlier.done))
            if task.iteration.over_artifacts:
                artifacts = {**inputs.artifacts, task.iteration.item_input: item}
                own = replace(own, artifacts=artifacts)
            else:
                parameters = {**inputs.parameters, task.iteration.item_input: item}
                own = replace(own, parameters=parameters)  # type: ignore[arg-type]
            results.append(self._component(task, own, f"{path}[{index}]"))
        interface = self.pipeline.components[task.component].interface
        return Result(
            parameters={
                name: folded(Listed(tuple(r.parameters.get(name, Refused()) for r in results)))
                for name in interface.output_parameters
            },
            artifacts={
                name: ListedArtifacts(tuple(r.artifacts.get(name, Refused()) for r in results))
                for name in interface.output_artifacts
            },
            done=_merged([token for result in results for token in result.done]),
            refused=any(result.refused for result in results),
        )

    def _items(self, task: Task, iteration: Iteration, inputs: Inputs, path: str) -> list[AnyValue]:
        where = self._where(task, path)
        component = self.pipeline.components[task.component]
        if iteration.over_artifacts:
            listed = inputs.artifacts.get(iteration.items_input, Absent())
            if isinstance(listed, ListedArtifacts):
                return list(listed.items)
            raise _Refusal(_dynamic_loop(where))
        declared = component.interface.input_parameters.get(iteration.item_input)
        kind = declared.kind if declared else None
        value: Value = (
            inputs.parameters.get(iteration.items_input, Absent())
            if iteration.items_input
            else Literal(iteration.items)
        )
        value = self._known(value, where)
        if isinstance(value, Listed):
            return list(value.items)
        if not isinstance(value, Literal):
            raise _Refusal(_dynamic_loop(where))
        content = json.loads(value.value) if isinstance(value.value, str) else value.value
        if not isinstance(content, list):
            raise _Refusal(
                Problem(
                    f"the loop runs over {content!r}, which is no list.", where, "Give it a list."
                )
            )
        return [Literal(restored(item, kind)) for item in content]

    def _known(self, value: Value, where: str) -> Value:
        """Return the value that a loop or an instance needs now; freeze a parameter for it."""
        if not isinstance(value, PipelineParameter):
            return value
        declared = self.pipeline.interface.input_parameters[value.name]
        if not declared.has_default:
            raise _Refusal(
                Problem(
                    f"the pipeline parameter `{value.name}` decides which steps there are, and it "
                    "has no default.",
                    where,
                    "Give it a default: SageMaker fixes the steps when the pipeline is compiled.",
                )
            )
        self.needs_frozen.add(value.name)
        return Literal(declared.default)

    def _component(self, task: Task, inputs: Inputs, path: str) -> Result:
        component = self.pipeline.components[task.component]
        parameters = _with_defaults(component.interface, inputs.parameters)
        inputs = replace(inputs, parameters=parameters)
        if component.graph is not None:
            return self._graph(component.graph, inputs, f"{path}/")
        executor = self.pipeline.executors[component.executor_label]
        if isinstance(executor, Importer):
            return self._imported(executor, component, inputs, self._where(task, path))
        return self._step(task, component, executor, inputs, path)

    def _imported(
        self, importer: Importer, component: Component, inputs: Inputs, where: str
    ) -> Result:
        uri: Value
        match importer.uri:
            case FromInput(name=name):
                uri = inputs.parameters[name]
            case Constant(value=value):
                uri = _guarded(where, lambda: filled(value, inputs.parameters, "importer"))
            case _:
                raise _Refusal(Problem("the importer names no URI.", where, "Give it a URI."))
        metadata = _guarded(
            where, lambda: filled(_thawed(importer.metadata), inputs.parameters, "importer")
        )
        if not isinstance(metadata, Literal):
            raise _Refusal(
                Problem(
                    "the importer's metadata come from pipeline parameters or outputs; SageMaker "
                    "has no place for them.",
                    where,
                    "Give the importer constant metadata, or none.",
                )
            )
        content = metadata.value if isinstance(metadata.value, dict) else {}
        artifact = ImportedArtifact(uri, importer.schema_title, content)
        return Result(artifacts=dict.fromkeys(component.interface.output_artifacts, artifact))

    def _step(
        self, task: Task, component: Component, container: Container, inputs: Inputs, path: str
    ) -> Result:
        if len(self.steps) >= MOST_STEPS:
            raise _Refusal(
                Problem(
                    f"the pipeline unrolls to more than {MOST_STEPS:,} steps.",
                    self._where(task, path),
                    "Loop inside of a component instead.",
                )
            )
        settings = self.pipeline.platforms.get("sagemaker", {}).get(component.executor_label, {})
        self.steps.append(
            Step(
                path=path,
                where=self._where(task, path),
                task=task,
                interface=component.interface,
                container=container,
                settings=settings,
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
                after=_all_steps(inputs.after),
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

    def _skipped(self, task: Task) -> Result:
        interface = self.pipeline.components[task.component].interface
        return Result(
            parameters=dict.fromkeys(interface.output_parameters, Skipped()),
            artifacts=dict.fromkeys(interface.output_artifacts, Skipped()),
            skipped=not task.condition,
        )

    def _parameter(
        self,
        binding: Binding,
        results: Mapping[str, Result],
        given: Inputs,
        where: str,
        task: Task,
    ) -> Value:
        match binding:
            case FromInput(name=name, selector=selector):
                value = given.parameters.get(name, Absent())
            case FromTask(task=producer, output=output, selector=selector):
                value = results[producer].parameters.get(output, Refused())
            case FinalStatus():
                raise _Refusal(
                    Problem(
                        f"task `{task.name}` asks how the tasks before it ended; a step of "
                        "SageMaker cannot know.",
                        where,
                        "Remove the parameter of type PipelineTaskFinalStatus.",
                    )
                )
            case _:
                raise LookupError(binding)
        path = parse_selector(selector, where)
        if path and isinstance(value, PipelineParameter):
            value = self._known(value, where)
        return _guarded(where, lambda: selected(value, path))

    def _artifact(
        self, binding: Binding, results: Mapping[str, Result], given: Inputs
    ) -> ArtifactValue:
        match binding:
            case FromInput(name=name):
                return given.artifacts.get(name, Absent())
            case FromTask(task=producer, output=output):
                return results[producer].artifacts.get(output, Refused())
            case _:
                return Absent()

    def _offered(
        self, path: str, offered: Offered, results: Mapping[str, Result], kind: str
    ) -> AnyValue:
        values: list[tuple[str, AnyValue]] = []
        for source in offered.sources:
            if source.task not in results:
                return Refused()
            given: Mapping[str, AnyValue] = getattr(results[source.task], kind)
            values.append((source.task, given.get(source.output, Refused())))
        if len(values) == 1:
            return values[0][1]
        options = []
        for name, value in values:
            if isinstance(value, Skipped):
                continue
            if not results[name].done:
                return value
            token = results[name].done[0]
            scope = token.options[0].scope if isinstance(token, FirstOf) else None
            options.append(Option(name, scope, value))
        if not options:
            return Skipped()
        return FirstOf(f"{path}*", tuple(options)) if len(options) > 1 else options[0].value

    def _check_condition(self, condition: Resolved, where: str) -> None:
        for value in operands(condition):
            if isinstance(value, Absent):
                raise _Refusal(
                    Problem(
                        "the condition compares a parameter that has no value.",
                        where,
                        "Give the parameter a default.",
                    )
                )

    def _check_always(
        self,
        task: Task,
        parameters: Mapping[str, Value],
        artifacts: Mapping[str, ArtifactValue],
        where: str,
        after_any: list[str],
    ) -> None:
        read = {
            step
            for value in [*parameters.values(), *artifacts.values()]
            for step in steps_in(value)
        } & set(after_any)
        if read:
            raise _Refusal(
                Problem(
                    f"task `{task.name}` runs even if an earlier task fails, and reads that task's "
                    "output, which is then not there; SageMaker has no default for it.",
                    where,
                    "Read no output of that task, or do not ignore its failure.",
                )
            )

    def _where(self, task: Task, path: str) -> str:
        component = self.pipeline.components[task.component]
        settings = self.pipeline.platforms.get("sagemaker", {}).get(component.executor_label, {})
        source = settings.get("source")
        return source if isinstance(source, str) and source else f"task {path}"


class _Refusal(Exception):  # noqa: N818  # control flow within this module, not an error of users
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def steps_in(value: AnyValue) -> tuple[str, ...]:
    """Return the steps whose outputs a value holds, each once, in order."""
    match value:
        case StepOutput(step=step) | StepArtifact(step=step):
            found: tuple[str, ...] = (step,)
        case Text(parts=inner) | Listed(items=inner):
            found = tuple(step for item in inner for step in steps_in(item))
        case ListedArtifacts(items=artifacts):
            found = tuple(step for item in artifacts for step in steps_in(item))
        case ImportedArtifact(uri=uri):
            found = steps_in(uri)
        case FirstOf(options=options):
            found = tuple(step for option in options for step in steps_in(option.value))
        case Finished(steps=steps):
            found = steps
        case _:
            members = getattr(value, "members", {})
            found = tuple(step for member in members.values() for step in steps_in(member))
    return tuple(dict.fromkeys(found))


def _holds(value: AnyValue, kind: type) -> bool:
    match value:
        case Text(parts=inner) | Listed(items=inner):
            return any(_holds(item, kind) for item in inner)
        case ListedArtifacts(items=artifacts):
            return any(_holds(item, kind) for item in artifacts)
        case _:
            return isinstance(value, kind)


def _all_steps(tokens: tuple[AnyValue, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for token in tokens for step in steps_in(token)))


def _merged(tokens: list[AnyValue]) -> tuple[AnyValue, ...]:
    plain = _all_steps(tuple(token for token in tokens if isinstance(token, Finished)))
    choices: dict[str, AnyValue] = {
        token.key: token for token in tokens if isinstance(token, FirstOf)
    }
    return (*((Finished(plain),) if plain else ()), *choices.values())


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


def _thawed(value: JsonObject) -> JsonValue:
    return restored(dict(value), None)


def _guarded(where: str, work):  # type: ignore[no-untyped-def]
    try:
        return work()
    except LookupError as error:
        reason = error.args[0] if error.args else error
        raise _Refusal(Problem(f"{reason}.", where, "Compute the value in a component.")) from None


def _dynamic_loop(where: str) -> Problem:
    return Problem(
        "the loop runs over an output, whose length is known only when the pipeline runs; SageMaker "
        "fixes the steps when the pipeline is compiled.",
        where,
        "Loop over a constant or a pipeline parameter, or loop inside of a component.",
    )


__all__ = ["Expansion", "PenstockError", "steps_in"]

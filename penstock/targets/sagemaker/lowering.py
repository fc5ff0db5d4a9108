"""Lowers a compiled KFP pipeline to a SageMaker definition. Pure: same IR, same bytes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from penstock.errors import PortabilityError, Problem
from penstock.ir.pipeline import Pipeline
from penstock.targets.sagemaker.assets import Asset
from penstock.targets.sagemaker.branches import Branches, branches_of, conditions
from penstock.targets.sagemaker.bundle_groups import original
from penstock.targets.sagemaker.bundling import Bundled, bundled
from penstock.targets.sagemaker.expansion import Expansion
from penstock.targets.sagemaker.job_arguments import depends_on, not_implied
from penstock.targets.sagemaker.limits import DEFINITION_CHARACTERS, step_problems
from penstock.targets.sagemaker.naming import step_names
from penstock.targets.sagemaker.network import network_problems
from penstock.targets.sagemaker.parameters import definition_parameters, parameter_problems
from penstock.targets.sagemaker.plan import Plan, model_step_path
from penstock.targets.sagemaker.platforms import platform_problems
from penstock.targets.sagemaker.references import RefusedValueError
from penstock.targets.sagemaker.resolved_conditions import operands
from penstock.targets.sagemaker.results import Together
from penstock.targets.sagemaker.settings import Settings, read_settings
from penstock.targets.sagemaker.step_emission import StepEmission, reads_by_property_file
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.templates import WORKSPACE
from penstock.targets.sagemaker.value_queries import all_steps

VERSION = "2020-12-01"


@dataclass(frozen=True, slots=True)
class Lowered:
    """A definition and the files that it refers to below `CodeRoot`.

    `notes` say what the definition fixes that the IR left open, such as a parameter whose default
    decides how often a loop runs.
    """

    definition: dict[str, Any]
    assets: tuple[Asset, ...]
    notes: tuple[Problem, ...] = ()

    @property
    def definition_json(self) -> bytes:
        """The definition's canonical bytes."""
        return json.dumps(
            self.definition, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()


def lower(pipeline: Pipeline, *, source: str = "", in_network: bool = False) -> Lowered:
    """Lower a pipeline.

    Args:
        pipeline: As `read_ir` returns it.
        source: What messages call the pipeline where they cannot name a line; its name by default.
        in_network: Whether every job runs in the network of the environment, which the definition
            then takes as parameters.
    Raises:
        PortabilityError: The pipeline holds something that SageMaker has no honest equivalent of;
        every
            such place is listed.
        DefinitionError: The IR itself is wrong.
    """
    where = source or f"pipeline {pipeline.name}"
    expansion, bundles = _expanded(pipeline, where)
    pipeline, frozen = bundles.pipeline, expansion.frozen
    problems = [*expansion.problems, *parameter_problems(pipeline, frozen, in_network=in_network)]
    problems += platform_problems(
        pipeline,
        expansion.steps,
        where,
        sum(WORKSPACE in json.dumps(document) for document in bundles.documents.values()),
    )
    plan, wrong = _plan(pipeline, expansion.steps, in_network=in_network)
    problems += wrong
    bodies: dict[str, list[dict[str, Any]]] = {}
    assets: dict[str, Asset] = {}
    notes: list[Problem] = []
    for step in plan.steps:
        emission = StepEmission(plan, step, bundles.documents)
        try:
            bodies[step.path] = emission.emit()
        except RefusedValueError as refusal:
            problems.append(_placed(refusal.problem, step.where))
            continue
        notes += emission.notes
        assets.update({asset.key: asset for asset in emission.assets})
        for body in bodies[step.path]:
            problems += step_problems(body, step.where)
    if not plan.steps and not problems:
        problems.append(Problem("it has no step.", where, "Add a task."))
    steps, wrong = _arranged(plan, bodies)
    problems += wrong
    if problems:
        raise PortabilityError(list(dict.fromkeys(problems)))
    lowered = Lowered(
        definition={
            "Version": VERSION,
            "Parameters": definition_parameters(
                pipeline,
                frozen | expansion.withheld,
                expansion.needs_value,
                waits=any(step.kind == "approval" for step in plan.steps),
                in_network=in_network,
            ),
            "PipelineExperimentConfig": {
                "ExperimentName": {"Get": "Execution.PipelineName"},
                "TrialName": {"Get": "Execution.PipelineExecutionId"},
            },
            "Steps": steps,
        },
        assets=tuple(assets[key] for key in sorted(assets)),
        notes=(*_notes(pipeline, expansion, where), *bundles.notes, *dict.fromkeys(notes)),
    )
    length = len(lowered.definition_json.decode())
    if length > DEFINITION_CHARACTERS:
        raise PortabilityError(
            Problem(
                f"the definition has {length:,} characters; SageMaker allows "
                f"{DEFINITION_CHARACTERS:,}.",
                where,
                "Loop inside of a component instead of unrolling.",
            )
        )
    return lowered


def _expanded(pipeline: Pipeline, where: str) -> tuple[Expansion, Bundled]:
    """Walk until parameters that must be fixed are, and jobs that tasks must share are made."""
    frozen: frozenset[str] = frozenset()
    wishes: tuple[Together, ...] = ()
    while True:
        bundles = bundled(pipeline, wishes, where)
        expansion = Expansion(bundles.pipeline, frozen)
        expansion.run()
        if not expansion.needs_together and expansion.needs_frozen <= frozen:
            return expansion, bundles
        frozen |= expansion.needs_frozen
        wishes = (*wishes, *original(expansion.needs_together, wishes))


def _plan(pipeline: Pipeline, steps: list[Step], *, in_network: bool) -> tuple[Plan, list[Problem]]:
    problems: list[Problem] = []
    settings: dict[str, Settings] = {}
    for step in steps:
        settings[step.path], wrong = read_settings(step.settings, step.where)
        problems += wrong
        if in_network:
            problems += network_problems(settings[step.path], step.where)
    return (
        Plan(
            pipeline_name=_plain(pipeline.name),
            steps=tuple(steps),
            names=step_names([path for step in steps for path in _named_paths(step)]),
            settings=settings,
            readable=frozenset(step.path for step in steps if reads_by_property_file(step)),
            in_network=in_network,
        ),
        problems,
    )


def _arranged(
    plan: Plan, bodies: dict[str, list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Put conditional steps into Condition steps, each where its first step stands."""
    problems: list[Problem] = []
    found = branches_of({step.path: step.scope for step in plan.steps if step.scope is not None})
    names = _branch_names(plan, found)
    by_first = {branches.then[0]: branches for branches in found}
    steps: list[dict[str, Any]] = []
    for step in plan.steps:
        if step.scope is None:
            steps += _present(bodies, (step.path,))
        elif step.path in by_first:
            branches = by_first[step.path]
            try:
                steps.append(_condition_step(plan, branches, names[branches.path], bodies))
            except RefusedValueError as refusal:
                problems.append(_placed(refusal.problem, step.where))
    return steps, problems


def _condition_step(
    plan: Plan, branches: Branches, name: str, bodies: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    step: dict[str, Any] = {
        "Name": name,
        "Type": "Condition",
        "Arguments": {
            "Conditions": conditions(branches.condition, plan.names, plan.readable),
            "IfSteps": _present(bodies, branches.then),
            "ElseSteps": _present(bodies, branches.otherwise),
        },
    }
    chain = branches.scope.chain()
    read = all_steps(operands(branches.condition))
    after = tuple(dict.fromkeys(path for scope in chain for path in scope.after))
    after_any = tuple(dict.fromkeys(path for scope in chain for path in scope.after_any))
    dependencies = depends_on(plan, not_implied(plan, after, read), after_any)
    if dependencies:
        step["DependsOn"] = dependencies
    return step


def _named_paths(step: Step) -> tuple[str, ...]:
    return (step.path, model_step_path(step)) if step.kind == "transform" else (step.path,)


def _present(
    bodies: dict[str, list[dict[str, Any]]], paths: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the steps at these paths; those that were refused are reported already."""
    return [body for path in paths if path in bodies for body in bodies[path]]


def _branch_names(plan: Plan, found: tuple[Branches, ...]) -> dict[str, str]:
    """Name Condition steps by the group that holds an If and its Else, else by the branch."""
    titles = {
        branches.path: branches.path.rsplit("/", 1)[0] if branches.otherwise else branches.path
        for branches in found
    }
    unique = step_names([*plan.names.values(), *titles.values()])
    return {path: unique[title] for path, title in titles.items()}


def _placed(problem: Problem, where: str) -> Problem:
    return problem if problem.where else replace(problem, where=where)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "pipeline"


def _notes(pipeline: Pipeline, expansion: Expansion, where: str) -> tuple[Problem, ...]:
    withheld = (
        Problem(
            f"only settings of other platforms read the optional parameter `{name}`, so the "
            "definition does not offer it.",
            where,
        )
        for name in sorted(expansion.withheld)
    )
    fixed = (
        Problem(
            f"the parameter `{name}` decides which steps there are, so its default "
            f"{json.dumps(pipeline.interface.input_parameters[name].default)} is fixed and the "
            "definition does not offer it.",
            where,
            "Compile again with another default to change it.",
        )
        for name in sorted(expansion.frozen)
    )
    given = (
        Problem(
            f"SageMaker mounts the model that the parameter `{name}` names, so the parameter has "
            "no default: a run must give its URI on S3.",
            line,
        )
        for name, line in expansion.needs_value.items()
    )
    return (*fixed, *withheld, *given)

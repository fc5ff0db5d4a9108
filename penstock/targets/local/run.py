"""Execute a definition on this machine, and go on with an execution that was cut short."""

from __future__ import annotations

import functools
import json
import os
import secrets
import string
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from penstock.errors import DefinitionError, Problem, RequestError
from penstock.targets.local.cache import StepCache
from penstock.targets.local.definition import Definition, Step
from penstock.targets.local.documents import Document, Value
from penstock.targets.local.events import Event, RunEnded, RunStarted
from penstock.targets.local.images import Images
from penstock.targets.local.jobs.container import component_modules
from penstock.targets.local.jobs.launch import Cancellation, Launcher
from penstock.targets.local.jobs.subprocesses import SubprocessLauncher
from penstock.targets.local.journal import Journal
from penstock.targets.local.parameters import bind_parameters
from penstock.targets.local.references import Scope, resolve
from penstock.targets.local.result import RunResult, RunStatus, StepRun, StepStatus
from penstock.targets.local.scheduler import Scheduler
from penstock.targets.local.source_tree import source_digest
from penstock.targets.local.state import (
    DEFINITION_FILE,
    JOURNAL_FILE,
    RUN_ENDED,
    STEP_ENDED,
    STEP_STARTED,
    RunFacts,
    ended_facts,
    latest_run,
    read_ended,
    read_facts,
    write_facts,
    write_whole,
)
from penstock.targets.local.step_runner import StepRunner
from penstock.targets.local.steps.attempt import Function, Surroundings, local_arn
from penstock.targets.local.steps.registration import PRELOADED as REGISTRATION_MODULES
from penstock.targets.local.store.file import FileStore
from penstock.targets.local.store.port import Store, Stores
from penstock.targets.local.structure import read_definition

OUR_IMAGE = "penstock:0.1.0"
RUNS, ARTIFACTS, CACHE, ASSETS = "runs", "artifacts", "cache/steps", "code"
_ID_SIGNS = string.ascii_lowercase + string.digits
_ID_LENGTH = 12


def _nobody(_: Event) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How this machine runs jobs; the same for every run of a process.

    Attributes:
        home: Folder of runs, artifacts, caches and the registry.
        project: Folder that holds `components/`; what our own image would hold.
        ours: Images that stand for the project.
        max_parallel: Most jobs at a time.
        isolation: `warm` forks jobs of ours from the warm server, `subprocess` starts each anew.
        functions: Stand for Lambda functions and callbacks, by step, function or queue name.
    """

    home: Path = Path(".penstock")
    project: Path = Path()
    ours: frozenset[str] = frozenset({OUR_IMAGE})
    max_parallel: int = 2
    isolation: str = "warm"
    functions: Mapping[str, Function] | None = None


def execute(
    definition: Document | Path,
    *,
    parameters: Mapping[str, Value] | None = None,
    machine: Machine | None = None,
    pipeline: str = "pipeline",
    artifact_root: str | None = None,
    images: Mapping[str, str] | None = None,
    registry: str | None = None,
    use_cache: bool = True,
    assets: Mapping[str, bytes] | None = None,
    from_step: str | None = None,
    reference: str | None = None,
    passed: Iterable[str] = (),
    listener: Callable[[Event], None] = _nobody,
) -> RunResult:
    """Execute a definition, whoever wrote it.

    Args:
        definition: The JSON that SageMaker Pipelines would receive, or its file.
        parameters: Overrides of its parameters' defaults.
        machine: How this machine runs jobs.
        pipeline: Name of the pipeline.
        artifact_root: Where outputs go: `file:///...` (below the home by default) or `s3://...`.
        images: By image that is not ours, the command that stands for it.
        registry: URI of the model registry; an SQLite file in the home by default.
        use_cache: Whether steps with an enabled CacheConfig may take earlier results.
        assets: Code assets of the definition by their path below CodeRoot.
        from_step: Run this step and its descendants anew; take the others from `reference`.
        reference: Execution to take results from; the latest by default.
        passed: Names of variables of this process that jobs may see.
        listener: Hears what happens while it does.

    Raises:
        RequestError: The definition, a parameter or an image cannot be run; every problem is listed
            and nothing was started.
        WorkError: The run's state cannot be kept.
    """
    machine = _absolute(machine or Machine())
    parsed = read_definition(definition)
    execution_id = "".join(secrets.choice(_ID_SIGNS) for _ in range(_ID_LENGTH))
    folder = machine.home / RUNS / execution_id
    places = {
        "ArtifactRoot": artifact_root or (machine.home / ARTIFACTS).as_uri(),
        "CodeRoot": (folder / ASSETS).as_uri(),
    }
    given = {name: uri for name, uri in places.items() if name in parsed.parameters}
    bound = bind_parameters(parsed, given | dict(parameters or {}))
    reused = _reused(parsed, machine, from_step, reference)
    facts = RunFacts(
        execution_id=execution_id,
        pipeline=pipeline,
        parameters=bound,
        registry=registry or f"sqlite:///{machine.home / 'mlflow.db'}",
        started=round(time.time(), 3),
        use_cache=use_cache,
        images=dict(images or {}),
        ours=tuple(sorted(machine.ours | _our_image(parsed, machine, bound))),
        passed=tuple(passed),
        isolation=machine.isolation,
    )
    _check_images(parsed, facts)
    folder.mkdir(parents=True)
    write_whole(folder / DEFINITION_FILE, json.dumps(parsed.document).encode())
    for name, content in (assets or {}).items():
        place = folder / ASSETS / name
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, content)
    write_facts(folder, facts)
    return _go(parsed, facts, machine, folder, listener, reused=reused, resumed=False)


def resume(
    execution_id: str | None = None,
    *,
    machine: Machine | None = None,
    images: Mapping[str, str] | None = None,
    listener: Callable[[Event], None] = _nobody,
) -> RunResult:
    """Go on with an execution that was killed, stopped, paused, or that failed.

    What succeeded stays; every other step is run.

    Args:
        execution_id: Which one; the latest by default.
        images: Further commands that stand for images.

    Raises:
        RequestError: There is no such execution, or another process is executing it.
    """
    machine = _absolute(machine or Machine())
    folder = machine.home / RUNS / (execution_id or latest_run(machine.home / RUNS))
    facts = read_facts(folder)
    facts = replace(facts, images={**facts.images, **(images or {})})
    parsed = read_definition(folder / DEFINITION_FILE)
    _check_images(parsed, facts)
    return _go(parsed, facts, machine, folder, listener, reused={}, resumed=True)


def _go(
    definition: Definition,
    facts: RunFacts,
    machine: Machine,
    folder: Path,
    listener: Callable[[Event], None],
    *,
    reused: Mapping[str, StepRun],
    resumed: bool,
) -> RunResult:
    journal = Journal(folder / JOURNAL_FILE)
    launcher, cancellation = _launcher(facts, machine, definition), Cancellation()
    try:
        stores = Stores({"file": FileStore, "s3": _s3})
        surroundings = Surroundings(
            execution_id=facts.execution_id,
            project=machine.project,
            stores=stores,
            images=Images(facts.images, frozenset(facts.ours)),
            launcher=launcher,
            cancellation=cancellation,
            registry=facts.registry,
            functions=machine.functions or {},
            needs_s3=any(str(value).startswith("s3://") for value in facts.parameters.values()),
            passed=facts.passed,
            listener=listener,
        )
        listener(
            RunStarted(
                facts.execution_id,
                {step.name: step.type for step in definition.steps.values()},
                {step.name: _guard(step) for step in definition.steps.values() if step.guard},
                resumed,
            )
        )
        ended, attempts = read_ended(journal.events)
        for run in reused.values():
            journal.write(STEP_ENDED, **ended_facts(run))
        kept = {
            name: run
            for name, run in {**ended, **reused}.items()
            if run.status is StepStatus.SUCCEEDED
        }
        runner = StepRunner(
            definition=definition,
            parameters=facts.parameters,
            execution=_execution_variables(facts),
            surroundings=surroundings,
            cache=StepCache(machine.home / CACHE, stores) if facts.use_cache else None,
            source_digest=functools.cache(lambda: source_digest(machine.project)),
            jobs=folder / "jobs",
            listener=listener,
            begin=lambda step, number: journal.write(STEP_STARTED, step=step, attempt=number),
        )
        runner.digests.update(
            {output.uri: output.digest for run in kept.values() for output in run.outputs.values()}
        )
        scheduler = Scheduler(
            definition=definition,
            runner=runner,
            cancellation=cancellation,
            listener=listener,
            keep=lambda run: journal.write(STEP_ENDED, **ended_facts(run)),
            max_parallel=machine.max_parallel,
            ended=dict(kept),
            attempts=attempts,
        )
        status = scheduler.run()
        journal.write(RUN_ENDED, status=status.value)
        listener(RunEnded(facts.execution_id, status.value))
        return _result(definition, facts, folder, scheduler.ended, status)
    finally:
        launcher.close()
        cancellation.close()
        journal.close()


def _result(
    definition: Definition,
    facts: RunFacts,
    folder: Path,
    ended: Mapping[str, StepRun],
    status: RunStatus,
) -> RunResult:
    steps = {
        name: ended.get(name) or StepRun(name, step.type, StepStatus.NOT_EXECUTED)
        for name, step in definition.steps.items()
    }
    return RunResult(
        facts.execution_id, status, steps, facts.parameters, folder, facts.started, time.time()
    )


def _absolute(machine: Machine) -> Machine:
    return replace(machine, home=machine.home.absolute(), project=machine.project.absolute())


def _launcher(facts: RunFacts, machine: Machine, definition: Definition) -> Launcher:
    if facts.isolation == "subprocess" or not hasattr(os, "fork"):
        return SubprocessLauncher()
    from penstock.targets.local.server import WarmLauncher

    launcher = WarmLauncher(machine.project)
    launcher.preload(_modules(definition))
    return launcher


def _modules(definition: Definition) -> list[str]:
    """Return the modules that jobs of this definition load, in the order of the steps."""
    found: dict[str, None] = {}
    for step in definition.steps.values():
        if step.type == "RegisterModel":
            found |= dict.fromkeys(REGISTRATION_MODULES)
        for part in ("AppSpecification", "AlgorithmSpecification"):
            arguments = (step.arguments.get(part) or {}).get("ContainerArguments") or []
            found |= dict.fromkeys(
                component_modules([text for text in arguments if isinstance(text, str)])
            )
    return list(found)


def _s3() -> Store:
    from penstock.targets.local.store.s3 import S3Store

    return S3Store()


def _our_image(
    definition: Definition, machine: Machine, bound: Mapping[str, Value]
) -> frozenset[str]:
    parameter = definition.parameters.get("Image")
    if parameter is not None and parameter.default in machine.ours:
        return frozenset({str(bound["Image"])})
    return frozenset()


def _check_images(definition: Definition, facts: RunFacts) -> None:
    images = Images(facts.images, frozenset(facts.ours))
    scope = Scope(facts.parameters, _execution_variables(facts))
    problems = []
    for step in definition.steps.values():
        for expression in _image_expressions(step):
            if "Steps." in json.dumps(expression):
                continue
            problem = images.problem(str(resolve(expression, scope)), f"step {step.name}")
            if problem is not None:
                problems.append(problem)
    if problems:
        raise RequestError(problems)


def _image_expressions(step: Step) -> Iterable[object]:
    arguments = step.arguments
    if step.type == "Processing":
        yield (arguments.get("AppSpecification") or {}).get("ImageUri")
    elif step.type == "Training":
        image = (arguments.get("AlgorithmSpecification") or {}).get("TrainingImage")
        if image is not None:
            yield image


def _reused(
    definition: Definition, machine: Machine, from_step: str | None, reference: str | None
) -> dict[str, StepRun]:
    if from_step is None:
        return {}
    if from_step not in definition.steps:
        raise DefinitionError(
            Problem(
                f"the pipeline has no step {from_step}.",
                remedy=f"Its steps are: {', '.join(definition.steps)}.",
            )
        )
    runs = machine.home / RUNS
    folder = runs / (reference or latest_run(runs))
    read_facts(folder)
    earlier, _ = read_ended(_events(folder))
    anew = definition.descendants([from_step])
    missing = [
        name
        for name in definition.steps
        if name not in anew
        and (name not in earlier or earlier[name].status is not StepStatus.SUCCEEDED)
        and _needed(definition, name, anew)
    ]
    if missing:
        raise RequestError(
            Problem(
                f"execution {folder.name} has no results of {', '.join(missing)}.",
                f"from step {from_step}",
                "Start from an earlier step, or name another execution.",
            )
        )
    return {
        name: replace(run, reused=True)
        for name, run in earlier.items()
        if name in definition.steps and name not in anew and run.status is StepStatus.SUCCEEDED
    }


def _events(folder: Path) -> list[dict[str, object]]:
    from penstock.targets.local.journal import read_journal

    return read_journal(folder / JOURNAL_FILE)


def _needed(definition: Definition, name: str, anew: frozenset[str]) -> bool:
    return any(
        dependency.step == name
        for other in anew
        for dependency in definition.steps[other].dependencies
    )


def _guard(step: Step) -> str:
    if step.guard is None:
        return ""
    return f"{step.guard.condition} is {'true' if step.guard.outcome else 'false'}"


def _execution_variables(facts: RunFacts) -> dict[str, str]:
    started = datetime.fromtimestamp(facts.started, UTC).isoformat(timespec="milliseconds")
    return {
        "PipelineName": facts.pipeline,
        "PipelineArn": local_arn("pipeline", facts.pipeline),
        "PipelineExecutionId": facts.execution_id,
        "PipelineExecutionArn": local_arn(
            "pipeline", f"{facts.pipeline}/execution/{facts.execution_id}"
        ),
        "StartDateTime": started,
        "CurrentDateTime": started,
    }

"""Execute a definition on this machine, and go on with an execution that was cut short."""

from __future__ import annotations

import contextlib
import functools
import secrets
import string
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from penstock.errors import WorkError
from penstock.registry import check_address
from penstock.targets.local.beginning import ASSETS, begin_run
from penstock.targets.local.cache import StepCache
from penstock.targets.local.definition import Definition, Step
from penstock.targets.local.documents import Document, Value
from penstock.targets.local.events import Event, Notice, RunEnded, RunStarted
from penstock.targets.local.execution_variables import execution_variables
from penstock.targets.local.images import Images
from penstock.targets.local.jobs.launch import Cancellation
from penstock.targets.local.jobs.leftover import wait_for_dead_jobs
from penstock.targets.local.journal import Journal
from penstock.targets.local.launchers import launcher_of
from penstock.targets.local.machine import OUR_IMAGE, Machine
from penstock.targets.local.modes import require_known_modes
from penstock.targets.local.parameters import bind_parameters
from penstock.targets.local.references import Scope
from penstock.targets.local.requirements import require_members, require_stand_ins
from penstock.targets.local.result import RunResult, RunStatus, StepRun, StepStatus
from penstock.targets.local.scheduler import Scheduler
from penstock.targets.local.selection import Selector, changed_of, kept_of, not_selected
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
)
from penstock.targets.local.step_runner import StepRunner
from penstock.targets.local.steps.attempt import Surroundings
from penstock.targets.local.store.file import SCHEME, FileStore
from penstock.targets.local.store.port import Store, Stores
from penstock.targets.local.structure import read_definition

__all__ = ["OUR_IMAGE", "Machine", "execute", "new_execution_id", "resume"]

RUNS, JOBS, ARTIFACTS, CACHE = "runs", "jobs", "artifacts", "cache/steps"
UNFINISHED = "cache/unfinished"
_NETWORK = ("SubnetOne", "SubnetTwo", "SecurityGroup")
"""Parameters of definitions whose jobs run in a network of their account."""
_ID_SIGNS = string.ascii_lowercase + string.digits
_ID_LENGTH = 12


def new_execution_id() -> str:
    """Return a name as the service gives them to executions."""
    return "".join(secrets.choice(_ID_SIGNS) for _ in range(_ID_LENGTH))


def _nobody(_: Event) -> None:
    """Hear nothing."""


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
    labels: Mapping[str, str] | None = None,
    execution_id: str | None = None,
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
        reference: Execution of the same pipeline to take results from. By default the latest that
            made them as this run would, else the latest; a notice then says what differs.
        passed: Names of variables of this process that jobs may see.
        labels: Kept with the run, for whoever resumes it.
        execution_id: Name of the execution, of no earlier one; by default one is made up.
        listener: Hears what happens while it does.

    Raises:
        RequestError: The definition, a parameter or an image cannot be run; every problem is listed
            and nothing was started.
        WorkError: The run's state cannot be kept.
    """
    machine = (machine or Machine()).checked()
    parsed = read_definition(definition)
    require_members(parsed)
    require_known_modes(parsed)
    execution_id = execution_id or new_execution_id()
    folder = machine.home / RUNS / execution_id
    places = {
        "ArtifactRoot": artifact_root or f"{SCHEME}{machine.home / ARTIFACTS}",
        "CodeRoot": f"{SCHEME}{folder / ASSETS}",
        # A job on this machine is in no network of an account.
        **dict.fromkeys(_NETWORK, "none"),
    }
    given = {name: uri for name, uri in places.items() if name in parsed.parameters}
    bound = bind_parameters(parsed, given | dict(parameters or {}))
    stores = _stores(machine.home)
    selector = Selector(parsed, pipeline, bound, machine.home / RUNS, stores.holds)
    selection = selector.select(from_step, reference)
    facts = RunFacts(
        execution_id=execution_id,
        pipeline=pipeline,
        parameters=bound,
        registry=registry or f"sqlite:///{machine.home / 'mlflow.db'}",
        started=round(time.time(), 3),
        use_cache=use_cache,
        only=selection.only,
        images=dict(images or {}),
        ours=tuple(sorted(machine.ours | _our_image(parsed, machine, bound))),
        passed=tuple(passed),
        isolation=machine.isolation,
        labels=dict(labels or {}),
    )
    if any(step.type == "RegisterModel" for step in parsed.steps.values()):
        check_address(facts.registry)
    _require_stand_ins(parsed, facts, machine)
    journal = begin_run(folder, parsed, facts, assets or {}, selection.taken)
    return _go(
        parsed,
        facts,
        machine,
        folder,
        journal,
        listener,
        kept=selection.taken,
        notices=selection.notices,
        resumed=False,
    )


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
    machine = (machine or Machine()).checked()
    folder = machine.home / RUNS / (execution_id or latest_run(machine.home / RUNS))
    facts = read_facts(folder)
    facts = replace(facts, images={**facts.images, **(images or {})})
    parsed = read_definition(folder / DEFINITION_FILE)
    _require_stand_ins(parsed, facts, machine)
    stores = _stores(machine.home)
    journal = Journal(folder / JOURNAL_FILE)
    try:
        ended, attempts = read_ended(journal.events)
        changed = changed_of(ended, stores.holds)
        kept = kept_of(parsed, ended, changed)
    except BaseException:
        journal.close()
        raise
    if facts.only is not None:
        # What was taken from another execution and cannot be kept has to be made here.
        anew = parsed.descendants(changed)
        facts = replace(facts, only=(*facts.only, *(anew - set(facts.only))))
    return _go(
        parsed,
        facts,
        machine,
        folder,
        journal,
        listener,
        kept=kept,
        notices=[f"the artifacts of {name} have changed; it runs again." for name in changed],
        attempts=attempts,
        resumed=True,
    )


def _go(
    definition: Definition,
    facts: RunFacts,
    machine: Machine,
    folder: Path,
    journal: Journal,
    listener: Callable[[Event], None],
    *,
    kept: Mapping[str, StepRun],
    resumed: bool,
    attempts: Mapping[str, int] | None = None,
    notices: Iterable[str] = (),
) -> RunResult:
    with contextlib.ExitStack() as until_then:
        until_then.callback(journal.close)
        cancellation = Cancellation()
        until_then.callback(cancellation.close)
        stores = _stores(machine.home, cancellation)
        launcher = launcher_of(definition, facts.isolation, machine.project)
        until_then.callback(launcher.close)
        if resumed:
            for process in wait_for_dead_jobs(folder / JOBS):
                listener(Notice(f"process {process} of an earlier try is still there."))
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
            memory=machine.memory or {},
        )
        listener(
            RunStarted(
                facts.execution_id,
                {step.name: step.type for step in definition.steps.values()},
                {step.name: _guard(step) for step in definition.steps.values() if step.guard},
                resumed,
            )
        )
        for notice in notices:
            listener(Notice(notice))
        runner = StepRunner(
            definition=definition,
            parameters=facts.parameters,
            execution=execution_variables(facts),
            surroundings=surroundings,
            cache=StepCache(machine.home / CACHE, stores) if facts.use_cache else None,
            source_digest=functools.cache(lambda: source_digest(machine.project)),
            jobs=folder / JOBS,
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
            ended={**not_selected(definition, facts.only), **kept},
            attempts=attempts or {},
        )
        try:
            status = scheduler.run()
        except KeyboardInterrupt:
            with contextlib.suppress(WorkError):
                journal.write(RUN_ENDED, status=RunStatus.STOPPED.value)
            raise
        journal.write(RUN_ENDED, status=status.value)
        listener(RunEnded(facts.execution_id, status.value))
        return _result(definition, facts, folder, scheduler.ended, status)


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


def _stores(home: Path, run: Cancellation | None = None) -> Stores:
    def s3() -> Store:
        from penstock.targets.local.store.s3 import S3Store

        is_stopped = (lambda: False) if run is None else (lambda: run.cancelled)
        return S3Store(unfinished=home / UNFINISHED, is_stopped=is_stopped)

    return Stores({"file": FileStore, "s3": s3})


def _our_image(
    definition: Definition, machine: Machine, bound: Mapping[str, Value]
) -> frozenset[str]:
    parameter = definition.parameters.get("Image")
    if parameter is not None and parameter.default in machine.ours:
        return frozenset({str(bound["Image"])})
    return frozenset()


def _require_stand_ins(definition: Definition, facts: RunFacts, machine: Machine) -> None:
    require_stand_ins(
        definition,
        Images(facts.images, frozenset(facts.ours)),
        machine.functions or {},
        Scope(facts.parameters, execution_variables(facts)),
    )


def _guard(step: Step) -> str:
    if step.guard is None:
        return ""
    return f"{step.guard.condition} is {'true' if step.guard.outcome else 'false'}"

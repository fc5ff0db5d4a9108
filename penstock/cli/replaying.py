"""`pipeline replay`: a failed step of an account on this machine, or again over there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from penstock.cli.account import Account
from penstock.cli.boundary import FAILED, WORKED, InterruptedWorkError
from penstock.cli.execution_view.texts import name_of
from penstock.cli.home import HOME
from penstock.cli.project_pipelines import project_folder
from penstock.cli.run_request import read_images
from penstock.cli.run_view.opening import open_view
from penstock.cli.run_view.progress import Progress
from penstock.deployment.wanted import COMMIT
from penstock.errors import Problem, RequestError
from penstock.executions.execution import Execution
from penstock.executions.naming import find_execution
from penstock.executions.service import Service
from penstock.replay.code import Code, code_of
from penstock.replay.record import Record, record_of
from penstock.targets.local.result import RunResult, RunStatus, StepRun

FOLDER = "replays"
"""Below the home: inputs, outputs and work trees of replays."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The options of one call.

    Attributes:
        execution: An ARN, an id or the name of a pipeline.
        step: Empty: the first that failed.
        images: IMAGE=COMMAND.
    """

    execution: str
    step: str
    images: tuple[str, ...]
    json: bool


def replay_here(request: ReplayRequest, account: Account) -> int:
    """Fetch a step and run it here; return the exit code."""
    environment = account.environment
    service = Service(environment.region)
    found = find_execution(service, request.execution, environment.account)
    snapshot = service.snapshot(found.arn)
    record = record_of(snapshot, request.step, environment.region)
    kept = HOME / FOLDER

    def told(sentence: str) -> None:
        if not request.json:
            click.echo(f"note: {sentence}", err=True)

    if not request.json:
        click.echo(f"replaying {record.step} of {name_of(found)} in {environment.name}")
        if record.reason:
            click.echo(f"there it failed: {record.reason.strip()}")
    code = code_of(_commit(service, found), project_folder(), (kept / "commits").absolute())
    if code.note:
        told(code.note)
    folder = (kept / found.execution_id / record.step).absolute()
    places = _fetched(record, folder, told, silent=request.json)
    result, run, tail = _run(request, record, places, folder, code, environment.image)
    verdict = _verdict(record, run)
    if request.json:
        document = {
            "execution": found.arn,
            "step": record.step,
            "reason_there": record.reason,
            "reason_here": run.failure_reason or "",
            "status": run.status.value,
            "log_tail": list(tail),
            "folder": str(run.folder or ""),
            "inputs": places,
            "code": {"folder": str(code.folder), "note": code.note},
        }
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo("\n" + _ending(run, tail, verdict))
    return WORKED if result.status is RunStatus.SUCCEEDED else FAILED


def resume_there(request: ReplayRequest, account: Account) -> int:
    """Start a step and its descendants again in the account; return the exit code."""
    import secrets

    from penstock.targets.local.structure import read_definition

    environment = account.environment
    service = Service(environment.region)
    found = find_execution(service, request.execution, environment.account)
    snapshot = service.snapshot(found.arn)
    step = request.step or record_of(snapshot, "", environment.region).step
    text = service.definition(found.arn)
    _require_resumable(service, found, text)
    definition = read_definition(json.loads(text))
    if step not in definition.steps:
        record_of(snapshot, step, environment.region)
    chosen = definition.descendants([step])
    steps = [name for name in definition.steps if name in chosen]
    arn = service.start_selected(found.pipeline, found.arn, steps, secrets.token_hex(32))
    if request.json:
        document = {"execution": arn, "from": found.arn, "steps": steps}
        click.echo(json.dumps(document, indent=2))
    else:
        name = f"{found.pipeline}/{arn.rpartition('/')[2]}"
        click.echo(f"started {name} in {environment.name}: {', '.join(steps)}")
        click.echo(f"Look: pipeline status {name} --env {environment.name}")
    return WORKED


def _commit(service: Service, execution: Execution) -> str:
    """Return the commit that an execution ran, as far as it or its pipeline tells."""
    told = service.parameters(execution.arn).get("code", "")
    if told:
        return told.replace(" ", "-")
    pipeline = service.pipeline(execution.pipeline)
    if pipeline is None or pipeline.definition != service.definition(execution.arn):
        return ""
    return service.tags(pipeline).get(COMMIT, "")


def _require_resumable(service: Service, execution: Execution, definition: str) -> None:
    """Refuse what would run something else than the execution did, or past the approvals.

    Raises:
        RequestError: With the reason.
    """
    pipeline = service.pipeline(execution.pipeline)
    anew = f"Start a whole one: pipeline start {execution.pipeline}."
    if pipeline is None or pipeline.definition != definition:
        what = f"another definition is deployed now than {name_of(execution)} ran."
        raise RequestError(Problem(what, "--resume", anew))
    declared = {each.get("Name") for each in json.loads(definition).get("Parameters", ())}
    if "model" in declared:
        what = f"{execution.pipeline} decides by a model, whose approval only a start looks at."
        raise RequestError(Problem(what, "--resume", anew))


def _fetched(record: Record, folder: Path, told: Any, *, silent: bool) -> Mapping[str, str]:
    from penstock.cli.transfer_view import open_transfer_view
    from penstock.replay.fetching import fetch
    from penstock.targets.local.store.s3 import S3Store

    try:
        with open_transfer_view(silent=silent) as watch:
            # One for all replays: each of them removes there what nobody came back for.
            unfinished = (HOME / FOLDER / "unfinished").absolute()
            store = S3Store(unfinished=unfinished, watch=watch)
            return fetch(record, folder / "inputs", store, told)
    except KeyboardInterrupt as error:
        raise InterruptedWorkError(
            str(error)
            or "interrupted while inputs were fetched; those that are here stay. "
            "Repeat the command."
        ) from None


def _run(
    request: ReplayRequest,
    record: Record,
    places: Mapping[str, str],
    folder: Path,
    code: Code,
    image: str,
) -> tuple[RunResult, StepRun, Sequence[str]]:
    from penstock.replay.local_definition import local_definition
    from penstock.targets.local.run import OUR_IMAGE, Machine, execute

    machine = Machine(
        home=folder / "home",
        project=code.folder,
        ours=frozenset({OUR_IMAGE, image, record.image} - set(read_images(request.images))),
        max_parallel=1,
        isolation="subprocess",
        memory=memory_by_type(),
    )
    passed = [name for name in os.environ if name.startswith("AWS_")]
    progress = Progress()
    try:
        with open_view(progress, request.json) as view:
            result = execute(
                local_definition(record, places, folder / "outputs"),
                machine=machine,
                pipeline="replay",
                images=read_images(request.images),
                use_cache=False,
                passed=passed,
                listener=view,
            )
    except KeyboardInterrupt:
        raise InterruptedWorkError(
            "interrupted; the step's inputs stay here, and nothing was written to the account."
        ) from None
    return result, result.steps[record.step], progress.steps[record.step].log_tail


def memory_by_type() -> dict[str, int]:
    """Return the bytes of memory of instance types."""
    from penstock.targets.sagemaker.instance_types import INSTANCE_TYPES

    return {each.name: each.memory_gib * 2**30 for each in INSTANCE_TYPES}


def _verdict(record: Record, run: StepRun) -> str:
    here, there = (run.failure_reason or "").strip(), record.reason.strip()
    if run.status.value == "succeeded" and not there:
        return "it succeeds here, as there."
    if run.status.value == "succeeded":
        return (
            "it succeeds here: what made it fail is not in its inputs, its parameters or this code."
        )
    if here and (here in there or there in here):
        return "the same failure as there."
    return "it fails here too; compare the reasons."


def _ending(run: StepRun, tail: Sequence[str], verdict: str) -> str:
    lines = [f"here: {verdict}"]
    if run.status.value != "succeeded":
        lines.append(f"{run.name} failed: {(run.failure_reason or '').strip()}")
        lines += [f"  | {line}" for line in tail]
    if run.folder:
        lines.append(f"its folder: {run.folder}")
    return "\n".join(lines)

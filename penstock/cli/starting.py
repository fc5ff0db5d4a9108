"""`pipeline start`: an execution in an account, checked before the service is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from penstock.cli.account import Account
from penstock.cli.boundary import FAILED, WORKED, InterruptedWorkError
from penstock.cli.execution_view.texts import ending_text, name_of, snapshot_json
from penstock.cli.passing import opens_prod, record_pass
from penstock.cli.project_pipelines import pipeline_names
from penstock.cli.watching import watch
from penstock.environments.network import network_problems
from penstock.errors import PenstockError, Problem, RequestError
from penstock.executions.execution import Execution, Snapshot
from penstock.executions.naming import no_such_pipeline
from penstock.executions.parameters import Settings, declared_parameters, start_parameters
from penstock.executions.service import Pipeline, Service
from penstock.executions.tokens import fresh_token, request_token


@dataclass(frozen=True, slots=True)
class StartRequest:
    """The options of one call.

    Attributes:
        name: Of a pipeline of the project, or as the account has it.
        settings: NAME=VALUE.
        token: Empty: a fresh one.
    """

    name: str
    use_case: str
    suffix: str = ""
    settings: tuple[str, ...] = ()
    source: str | None = None
    window: str | None = None
    as_of: str | None = None
    date: str | None = None
    model: str | None = None
    trial: bool = False
    reason: str = ""
    token: str = ""
    wait: bool = False
    json: bool = False


def start_there(request: StartRequest, account: Account) -> int:
    """Start an execution, wait for it if asked to, show it, and return the exit code."""
    environment = account.environment
    service = Service(environment.region)
    pipeline = _pipeline(service, request)
    parameters = _parameters(service, request, account, pipeline)
    token = request.token or fresh_token()
    sent = request_token(token, pipeline.name)
    if not request.token:
        # Before the call: whoever loses its answer can repeat it.
        click.echo(
            f"token: {token} (the same call with --token {token} starts nothing new)", err=True
        )
    try:
        arn = service.start(pipeline.name, parameters, sent, description=request.reason)
    except KeyboardInterrupt:
        raise InterruptedWorkError(
            f"interrupted: whether {pipeline.name} was started is not known. Repeat the command "
            f"with --token {token}: it starts nothing twice."
        ) from None
    if request.token:
        _require_same(service, arn, parameters, request)
    execution = Execution(arn, "Executing")
    name = name_of(execution)
    if not request.json:
        where = f"{environment.name} ({environment.account}, {environment.region})"
        click.echo(f"started {name} in {where}")
    seen: Snapshot | None = None
    if request.wait:
        seen = watch(service, execution, environment.name, silent=request.json)
        if not request.json:
            click.echo("\n" + ending_text(seen, environment.name))
        if seen.execution.state == "Succeeded" and opens_prod(account):
            _record_pass(service, seen.execution, account)
    elif not request.json:
        click.echo(f"Look: pipeline status {name} --env {environment.name}")
        click.echo(f"Logs: pipeline logs {name} --env {environment.name} --follow")
    if request.json:
        click.echo(json.dumps(_document(execution, seen, token, parameters), indent=2))
    failed = seen is not None and seen.execution.state not in ("Succeeded", "CompletedWithFailures")
    return FAILED if failed else WORKED


def _require_same(
    service: Service, arn: str, parameters: Sequence[Mapping[str, str]], request: StartRequest
) -> None:
    """Refuse a token that started an execution with other values of `--set` before.

    What the command itself settles, such as the newest snapshot, may have moved on between two
    tries of one start.

    Raises:
        RequestError: Naming what differs.
    """
    named = {each.partition("=")[0] for each in request.settings}
    asked = {each["Name"]: each["Value"] for each in parameters if each["Name"] in named}
    there = service.parameters(arn)
    differing = [name for name in asked if name in there and there[name] != asked[name]]
    if differing:
        said = ", ".join(f"{name} {there[name]}, not {asked[name]}" for name in differing)
        what = (
            f"the token {request.token} has started {arn.rpartition('/')[2]} before, with {said}."
        )
        raise RequestError(Problem(what, "--token", "Nothing was started. Give another token."))


def _record_pass(service: Service, execution: Execution, account: Account) -> None:
    """Write a success down; one that does not count is no failure of the execution."""
    try:
        click.echo(f"note: {record_pass(service, execution, account)}", err=True)
    except PenstockError as error:
        name = name_of(execution)
        for problem in error.problems:
            click.echo(f"note: this success does not open prod: {problem}", err=True)
        click.echo(
            f"note: once that is mended: pipeline release pass {name} --env "
            f"{account.environment.name}",
            err=True,
        )


def _pipeline(service: Service, request: StartRequest) -> Pipeline:
    name, here = request.name, ""
    if name in pipeline_names():
        from penstock.cli.compilation import compile_definition

        compiled = compile_definition(name, request.use_case)
        name, here = compiled.name, compiled.definition_json
    if request.suffix:
        name = f"{name}-{request.suffix}"
    found = service.pipeline(name)
    if found is None:
        raise RequestError(no_such_pipeline(name, service.pipelines()))
    if here and here != found.definition and not request.json:
        click.echo("note: this work tree holds another definition than is deployed", err=True)
    return found


def _parameters(
    service: Service, request: StartRequest, account: Account, pipeline: Pipeline
) -> Sequence[Mapping[str, str]]:
    from penstock.cli.candidate import FACTS, registered_group
    from penstock.cli.start_inputs import Start

    registers = registered_group(json.loads(pipeline.definition)) is not None
    declared = declared_parameters(pipeline.definition)
    problems = network_problems(account.environment, pipeline.name, declared)
    if problems:
        raise RequestError(problems)
    settings = Settings(
        declared,
        request.settings,
        account.environment.parameters,
        frozenset(FACTS if registers else ()),
    )
    settings.check()
    start = Start(request, account, pipeline, settings, service.tags(pipeline))
    found = start.by_project() if request.name in pipeline_names() else start.by_account()
    if not request.json:
        for note in found.notes:
            click.echo(f"note: {note}", err=True)
    return start_parameters(settings, found.settings)


def _document(
    execution: Execution,
    seen: Snapshot | None,
    token: str,
    parameters: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    known = seen or Snapshot(execution)
    values = {each["Name"]: each["Value"] for each in parameters}
    return {**snapshot_json(known), "token": token, "parameters": values}

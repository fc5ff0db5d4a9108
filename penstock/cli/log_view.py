"""Logs of an execution, shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.execution_view.texts import failures_text, name_of, snapshot_json
from penstock.cli.lazy_group import unknown
from penstock.cli.watching import waiting
from penstock.errors import Problem, RequestError
from penstock.executions.execution import Execution, Snapshot
from penstock.executions.logs import Line, Logs
from penstock.executions.naming import find_execution
from penstock.executions.service import Service
from penstock.targets.local.definition import lay_flat

if TYPE_CHECKING:
    from penstock.environments import Environment


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which logs are asked for, and how."""

    execution: str
    steps: tuple[str, ...] = ()
    follow: bool = False
    json: bool = False


def show_logs(request: LogRequest, environment: Environment) -> None:
    """Print the logs of an execution.

    Raises:
        RequestError: There is no such execution or step.
        ServiceError: A service refused or did not answer.
    """
    service = Service(environment.region)
    execution = find_execution(service, request.execution, environment.account)
    defined = _steps(service, execution)
    for step in request.steps:
        if step not in defined:
            raise RequestError(Problem(unknown("step", step, defined), "STEP"))
    width = max(map(len, request.steps or defined), default=0)
    logs = Logs(environment.region, frozenset(request.steps))
    snapshot = service.snapshot(execution.arn)
    told = failures_text(snapshot)
    if told and not request.json:
        click.echo(told + "\n")
    if request.follow:
        with waiting(name_of(execution), environment.name):
            lines: Iterable[Line] = logs.follow(service, execution.arn)
            shown = _show(lines, width, silent=request.json)
            end = service.snapshot(execution.arn)
    else:
        shown = _show(logs.new_lines(snapshot), width, silent=request.json)
        end = snapshot
    if request.json:
        document = {**snapshot_json(end), "lines": shown}
        click.echo(json.dumps(document, indent=2))
    elif not told and failures_text(end):
        click.echo("\n" + failures_text(end))
    elif not shown:
        click.echo(_nothing(end), err=True)


def _show(lines: Iterable[Line], width: int, *, silent: bool) -> list[dict[str, Any]]:
    """Print each line as it comes; return them all for machines, for people only their number."""
    kept: list[dict[str, Any]] = []
    for line in lines:
        if not silent:
            at = f"{line.time.astimezone():%H:%M:%S}"
            click.echo(f"{at} {line.step:<{width}} | {line.message}")
            kept = kept or [{}]
            continue
        kept.append(
            {
                "time": line.time.isoformat(timespec="milliseconds"),
                "step": line.step,
                "stream": line.stream,
                "message": line.message,
            }
        )
    return kept


def _nothing(snapshot: Snapshot) -> str:
    if snapshot.execution.is_over:
        return "no job of it printed anything"
    return "no job has printed anything yet; wait for it with --follow"


def _steps(service: Service, execution: Execution) -> list[str]:
    steps = json.loads(service.definition(execution.arn)).get("Steps") or []
    return [step.name for step in lay_flat(steps)]

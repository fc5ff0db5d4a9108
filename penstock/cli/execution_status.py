"""`pipeline status --env`: the executions of an account, or the steps of one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice

import click

from penstock.cli.account import open_account
from penstock.cli.execution_view.texts import (
    execution_json,
    executions_text,
    snapshot_json,
    snapshot_text,
)
from penstock.executions.execution import Execution
from penstock.executions.naming import find_execution
from penstock.executions.service import Service

_NEVER = datetime.min.replace(tzinfo=UTC)


def show_status(
    named: str | None, environment: str, file: str | None, limit: int, *, as_json: bool
) -> None:
    """Print the latest executions of an environment, or one with its steps.

    Args:
        named: Which one; None: all.
        environment: Its name.
        file: That names it.
        limit: Most executions.
        as_json: For machines.

    Raises:
        RequestError: There is no such environment or execution.
        ServiceError: The service refused or did not answer.
    """
    account = open_account(environment, file).environment
    service = Service(account.region)
    if named is not None:
        found = find_execution(service, named, account.account)
        snapshot = service.snapshot(found.arn)
        document: object = snapshot_json(snapshot)
        text = snapshot_text(snapshot, environment)
    else:
        latest = _latest(service, limit)
        document = [execution_json(each) for each in latest]
        text = executions_text(latest) if latest else f"nothing ran in {environment} yet"
    click.echo(json.dumps(document, indent=2) if as_json else text)


def _latest(service: Service, limit: int) -> list[Execution]:
    """Return the executions that were started last, of whatever pipeline."""
    pipelines = [each for each in service.pipelines() if each.last_run is not None]
    # No pipeline that ran longer ago than as many others can have one of the latest.
    pipelines.sort(key=lambda each: each.last_run or _NEVER, reverse=True)
    found = [
        execution
        for each in pipelines[:limit]
        for execution in islice(service.executions(each.name, at_once=limit), limit)
    ]
    found.sort(key=lambda each: each.started or _NEVER, reverse=True)
    return found[:limit]

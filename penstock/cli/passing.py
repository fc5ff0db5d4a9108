"""A success in pre-prod is written down beside the releases: it opens prod to that release."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.cli.released import BEFORE_PROD
from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.cli.account import Account
    from penstock.executions.execution import Execution
    from penstock.executions.service import Service


def opens_prod(account: Account) -> bool:
    """Return whether successes in an environment count."""
    return account.environment.kind == BEFORE_PROD and bool(account.environment.releases)


def record_pass(service: Service, execution: Execution, account: Account) -> str:
    """Write down that an execution succeeded, and return what people should know.

    Args:
        service: Of the environment.
        execution: One that is over.
        account: The environment, and who asks.

    Raises:
        RequestError: It does not count, with the reason.
        ServiceError: S3 or SageMaker refused.
    """
    from penstock.deployment.records import Records
    from penstock.deployment.wanted import body_digest
    from penstock.release.passes import Pass, Passes

    environment, name = account.environment, execution.pipeline
    short = f"{name}/{execution.execution_id}"
    # A list does not tell of steps that were selected.
    told = service.execution(execution.arn) or execution
    if told.state != "Succeeded":
        what = f"{short} is {told.state}, not Succeeded."
        raise RequestError(Problem(what, "EXECUTION", "Only a success opens prod."))
    if told.selected:
        what = f"{short} ran {', '.join(told.selected)} alone, on another execution's results."
        raise RequestError(Problem(what, "EXECUTION", "Start a whole one."))
    body = body_digest(service.definition(execution.arn))
    records = Records(environment.records, environment.region)
    version = records.deployed(name, body)
    if version is None or version.body != body or version.state != "applied":
        what = f"{short} ran another definition than the one that is deployed now."
        raise RequestError(Problem(what, "EXECUTION", "Start it once more."))
    release = version.origin.release
    if not release:
        what = f"{name} in {environment.name} is of no release."
        remedy = f"Deploy one: pipeline upsert --env {environment.name} --release FILE."
        raise RequestError(Problem(what, "EXECUTION", remedy))
    if told.started is None or told.started < datetime.fromisoformat(version.at):
        what = f"{short} was started before release {release[:12]} was deployed."
        raise RequestError(Problem(what, "EXECUTION", "Start it once more."))
    ended = told.changed or datetime.now(UTC)
    found = Pass(
        release=release,
        stage=BEFORE_PROD,
        pipeline=name,
        body=body,
        execution=execution.arn,
        ended=ended.isoformat(),
        recorded_by=account.caller,
    )
    is_first = Passes(environment.releases, environment.region).record(found)
    verb = "opens prod" if is_first else "had opened prod before"
    return f"{name} of release {release[:12]} {verb}"

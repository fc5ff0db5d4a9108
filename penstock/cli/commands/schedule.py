"""`pipeline schedule`: what starts pipelines of an environment, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from penstock.cli.session import Session, common_options

if TYPE_CHECKING:
    from penstock.cli.schedule_plan import Plan
    from penstock.schedules import Change, Scope
    from penstock.schedules.service import Service

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = """\b
Example: pipeline schedule show --env dev
         pipeline schedule apply --env dev --use-case fraud --pipeline training
         pipeline schedule pause --env dev --use-case fraud
"""


def _about(function: F) -> F:
    """Add the options that say which schedules are meant."""
    wrapped: Any = click.pass_obj(function)
    for option in (
        click.option("--pipeline", default="", metavar="NAME", help="Only this one's, of each."),
        click.option("--use-case", default="", help="Only this use case's. Default: every one's."),
        click.option(
            "--environments",
            "file",
            metavar="FILE",
            type=click.Path(),
            help="The file that names it; default environments.yaml.",
        ),
        click.option("--env", "environment", required=True, metavar="NAME", help="Where."),
    ):
        wrapped = option(wrapped)
    return cast(F, common_options(wrapped))


_set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PIPELINE.NAME=VALUE",
    help="A value that PIPELINE starts with from now on; no VALUE takes it back. Repeatable.",
)


@click.group(
    "schedule",
    short_help="Show, apply and pause what starts pipelines of an environment.",
    epilog=EPILOG,
)
@common_options
def command() -> None:
    """Show, apply and pause what starts pipelines of an environment.

    Use cases say when their pipelines start (`schedule`), in their own time zone. EventBridge
    Scheduler keeps that: a time that a clock change leaves out starts nothing, one that it repeats
    starts one run.
    """


@command.command(
    "show",
    short_help="Show what is scheduled, what would change, and the next starts.",
    epilog="Example: pipeline schedule show --env prod --json",
)
@_about
def show(
    session: Session, *, environment: str, file: str | None, use_case: str, pipeline: str
) -> int:
    """Show what is scheduled, what `apply` would change, and the next starts. Changes nothing."""
    from penstock.cli.boundary import WORKED

    plan, _ = _plan(environment, file, _scope(use_case, pipeline), ())
    _print_plan(session, plan)
    return WORKED


@command.command(
    "apply",
    short_help="Make the schedules of an environment what the settings say.",
    epilog="Example: pipeline schedule apply --env dev --set inference.model=s3://bucket/model/",
)
@_about
@_set_option
@click.option("--dry-run", is_flag=True, help="Change nothing; exit code 2 if something would.")
def apply(
    session: Session,
    *,
    environment: str,
    file: str | None,
    use_case: str,
    pipeline: str,
    settings: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Make the schedules of an environment what the settings say.

    Prints what differs, then creates, updates and removes schedules; others in the group stay.
    Values given by --set stay until they are set otherwise; paused schedules stay paused. Where
    one schedule cannot be as it is asked for, nothing is changed.
    """
    import json

    from penstock.cli.boundary import WORKED, WRONG_REQUEST, InterruptedWorkError
    from penstock.cli.schedule_plan import apply_plan
    from penstock.cli.schedule_plan_view import changes_json, changes_text
    from penstock.errors import Problem, RequestError, ServiceError

    plan, service = _plan(environment, file, _scope(use_case, pipeline), settings)
    if plan.problems:
        raise RequestError(plan.problems)
    if dry_run:
        _print_plan(session, plan)
        return WRONG_REQUEST if plan.pending else WORKED
    if not session.json:
        click.echo("\n".join(changes_text(plan.pending) or ["nothing to do"]))
    done: list[Change] = []
    try:
        for change in apply_plan(plan, service):
            done.append(change)
    except KeyboardInterrupt:
        raise InterruptedWorkError(f"interrupted. {_so_far(plan, done)} Run it again.") from None
    except ServiceError as error:
        so_far = Problem(_so_far(plan, done), remedy="Run it again.")
        raise ServiceError([*error.problems, so_far]) from error
    if session.json:
        click.echo(json.dumps({"group": plan.group, "done": changes_json(done)}, indent=2))
    elif done:
        click.echo(f"{len(done)} done in the group {plan.group}")
    return WORKED


@command.command(
    "pause",
    short_help="Let schedules start nothing until they are resumed.",
    epilog="Example: pipeline schedule pause --env prod --use-case fraud --pipeline inference",
)
@_about
def pause(
    session: Session, *, environment: str, file: str | None, use_case: str, pipeline: str
) -> int:
    """Let schedules start nothing until they are resumed; `apply` leaves them paused."""
    return _switch(session, environment, file, _scope(use_case, pipeline), paused=True)


@command.command(
    "resume",
    short_help="Let paused schedules start pipelines again.",
    epilog="Example: pipeline schedule resume --env prod --use-case fraud",
)
@_about
def resume(
    session: Session, *, environment: str, file: str | None, use_case: str, pipeline: str
) -> int:
    """Let paused schedules start pipelines again, where the environment's schedules are on.

    What was missed is not made up for.
    """
    return _switch(session, environment, file, _scope(use_case, pipeline), paused=False)


def _scope(use_case: str, pipeline: str) -> Scope:
    from penstock.schedules import Scope

    return Scope(use_case, pipeline)


def _plan(
    name: str, file: str | None, scope: Scope, settings: tuple[str, ...]
) -> tuple[Plan, Service]:
    from dataclasses import replace

    from penstock.cli.account import open_account
    from penstock.cli.schedule_plan import plan_schedules
    from penstock.schedules import group_name
    from penstock.schedules.service import Service
    from penstock.use_case import load_use_case

    values = _values(settings)
    if scope.use_case:
        scope = replace(scope, use_case=load_use_case(scope.use_case).name)
    environment = open_account(name, file).environment
    service = Service(environment.region, group_name(environment.name))
    return plan_schedules(environment, service, scope, values), service


def _values(settings: tuple[str, ...]) -> dict[str, dict[str, str]]:
    from penstock.errors import Problem, RequestError

    found: dict[str, dict[str, str]] = {}
    wrong = []
    for text in settings:
        place, sign, value = text.partition("=")
        pipeline, dot, name = place.partition(".")
        if not (sign and dot and pipeline and name):
            what = f"{text!r} is no setting."
            wrong.append(Problem(what, "--set", "Write PIPELINE.NAME=VALUE."))
        found.setdefault(pipeline, {})[name] = value
    if wrong:
        raise RequestError(wrong)
    return found


def _so_far(plan: Plan, done: list[Change]) -> str:
    """Say which schedules are as they shall be; the one that was being written may be, or not."""
    names = ", ".join(each.name for each in done) or "nothing"
    left = ", ".join(each.name for each in plan.pending[len(done) :])
    return f"Done: {names}; not done: {left}."


def _print_plan(session: Session, plan: Plan) -> None:
    import json
    from datetime import UTC, datetime

    from penstock.cli.schedule_plan_view import plan_json, plan_text

    now = datetime.now(UTC)
    if session.json:
        click.echo(json.dumps(plan_json(plan, now), indent=2))
    else:
        click.echo(plan_text(plan, now))


def _switch(session: Session, name: str, file: str | None, scope: Scope, *, paused: bool) -> int:
    import json

    from penstock.cli.account import open_account
    from penstock.cli.boundary import WORKED
    from penstock.cli.schedule_plan import switch
    from penstock.errors import Problem, RequestError
    from penstock.schedules import group_name
    from penstock.schedules.service import Service

    environment = open_account(name, file).environment
    if not paused and not environment.schedule.enabled:
        what = f"the schedules of {environment.name} are off."
        remedy = "Set schedule: {enabled: true} in environments.yaml, then run `schedule apply`."
        raise RequestError(Problem(what, "--env", remedy))
    service = Service(environment.region, group_name(environment.name))
    changed = switch(service.schedules(), scope, paused=paused)
    for document in changed:
        service.write(document, new=False)
    names = [document["Name"] for document in changed]
    done = "paused" if paused else "resumed"
    if session.json:
        click.echo(json.dumps({done: names}, indent=2))
    else:
        click.echo("\n".join(f"{done} {each}" for each in names) or "nothing to do")
    return WORKED

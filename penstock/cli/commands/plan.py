"""`pipeline plan`: what an upsert would change in an account."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import release_option, target_options

CHANGES = 2
"""Exit code where there is something to do, as other planning tools have it."""


@click.command(
    "plan",
    short_help="Show what an upsert would change in an account.",
    epilog="Example: pipeline plan training --env dev",
)
@click.argument("names", nargs=-1)
@target_options
@release_option
@common_options
@click.pass_obj
def command(
    session: Session,
    *,
    names: tuple[str, ...],
    environment: str,
    file: str | None,
    use_case: str,
    suffix: str,
    release: str,
) -> int:
    """Show what an upsert would change in an account.

    Argument by argument, and what it means for executions, the step cache and the costs. NAMES are
    pipelines of the project, such as `training`; without, all of them. Nothing is changed.

    Exit code 0: nothing to do; 2: there are changes, or the request was wrong (a message on
    standard error says which); 1: AWS refused.
    """
    from penstock.cli.boundary import WORKED
    from penstock.cli.deploying import Deployment, compiling_ahead, open_target, wanted_pipelines
    from penstock.deployment.plan import make_plan, with_outlook

    request = Deployment(names, use_case, suffix, release, file or "")
    plans = []
    with compiling_ahead(request) as ahead:
        place = open_target(environment, file, lambda _: None)
        for wanted in wanted_pipelines(request, place.environment, ahead):
            existing = place.service.read(wanted.name)
            last = place.records.deployed(wanted.name, existing.body if existing else "")
            plan = make_plan(wanted, existing, last, place.folder, place.code)
            plans.append(plan if plan.is_empty else with_outlook(plan, place.executions))
    if session.json:
        import json

        from penstock.cli.plan_view.plan_json import plan_json

        document = {"environment": environment, "plans": list(map(plan_json, plans))}
        click.echo(json.dumps(document, indent=2))
    else:
        from penstock.cli.plan_view.plan_text import plan_text

        click.echo("\n\n".join(plan_text(plan, place.environment) for plan in plans))
    return WORKED if all(plan.is_empty for plan in plans) else CHANGES

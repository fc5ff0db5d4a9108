"""`pipeline logs`: what the jobs of an execution print."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import environment_options


@click.command(
    "logs",
    short_help="Show what the jobs of an execution in an account print.",
    epilog="Example: pipeline logs fraud-training --env dev --follow",
)
@click.argument("execution")
@click.argument("steps", metavar="[STEP]...", nargs=-1)
@click.option("--follow", "-f", is_flag=True, help="Show more as it comes, until it is over.")
@environment_options
@common_options
@click.pass_obj
def command(
    session: Session,
    execution: str,
    steps: tuple[str, ...],
    follow: bool,
    environment: str,
    file: str | None,
) -> int:
    """Show what the jobs of an execution in an account print.

    EXECUTION is its ARN, its id, NAME/ID, or the name of a pipeline: then its latest. The lines of
    all steps, or of those named, are merged by time, each with its step. Why it failed stands
    first. A step that took an earlier result is shown only if it is named.
    """
    from penstock.cli.account import open_account
    from penstock.cli.boundary import WORKED
    from penstock.cli.log_view import LogRequest, show_logs

    account = open_account(environment, file).environment
    show_logs(LogRequest(execution, steps, follow, session.json), account)
    return WORKED

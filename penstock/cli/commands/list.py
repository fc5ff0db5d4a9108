"""`pipeline list`: the pipelines of an account."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import environment_options


@click.command(
    "list",
    short_help="List the pipelines of an account: whose, from which commit, how they ran last.",
    epilog="Example: pipeline list --env dev",
)
@environment_options
@common_options
@click.pass_obj
def command(session: Session, environment: str, file: str | None) -> int:
    """List the pipelines of an account: whose, from which commit, how they ran last.

    Pipelines that others deployed are listed as well, without owner and commit.
    """
    from penstock.cli.account import open_account
    from penstock.cli.boundary import WORKED
    from penstock.cli.pipeline_list import list_pipelines, pipelines_text

    account = open_account(environment, file).environment
    found = list_pipelines(account.region)
    if session.json:
        import json

        click.echo(json.dumps([each.to_json() for each in found], indent=2))
    else:
        click.echo(pipelines_text(found, environment))
    return WORKED

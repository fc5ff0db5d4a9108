"""`pipeline stop`: an execution in an account."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import environment_options


@click.command(
    "stop",
    short_help="Stop an execution in an account.",
    epilog="Example: pipeline stop fraud-training/4m2x0c9q1z7k --env dev",
)
@click.argument("execution")
@environment_options
@common_options
@click.pass_obj
def command(session: Session, execution: str, environment: str, file: str | None) -> int:
    """Stop an execution in an account.

    EXECUTION is its ARN, its id, NAME/ID, or the name of a pipeline: then its latest. Its steps are
    told to stop, which may take two minutes; one that is over stays as it is.
    """
    from penstock.cli.account import open_account
    from penstock.cli.boundary import WORKED
    from penstock.cli.execution_view.texts import execution_json, name_of
    from penstock.executions.naming import find_execution
    from penstock.executions.service import Service
    from penstock.executions.tokens import request_token

    account = open_account(environment, file).environment
    service = Service(account.region)
    found = find_execution(service, execution, account.account)
    if not found.is_over:
        # One stop an execution: a repeated one is the same.
        service.stop(found.arn, request_token("stop", found.arn))
    if session.json:
        import json

        click.echo(json.dumps({**execution_json(found), "asked": not found.is_over}, indent=2))
    elif found.is_over:
        click.echo(f"{name_of(found)} is over: {found.state}")
    else:
        click.echo(f"{name_of(found)} stops")
        click.echo(f"Look: pipeline status {name_of(found)} --env {environment}")
    return WORKED

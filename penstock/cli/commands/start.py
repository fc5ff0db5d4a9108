"""`pipeline start`: an execution in an account."""

from __future__ import annotations

from typing import Any

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import environment_options, not_blank

EPILOG = """\b
Example: pipeline start training --env dev --use-case wine --wait
         pipeline start training --env dev --set seed=7 --token build-4711
         pipeline start fraud-training --env prod --set source=s3://bucket/rows
"""


@click.command("start", short_help="Start an execution of a pipeline in an account.", epilog=EPILOG)
@click.argument("name")
@click.option(
    "--use-case", default="fraud", show_default=True, help="Name or folder of a use case."
)
@click.option(
    "--suffix",
    metavar="TEXT",
    default="",
    callback=not_blank,
    help="Of a personal copy: NAME-TEXT.",
)
@click.option(
    "--set", "settings", metavar="NAME=VALUE", multiple=True, help="Set a parameter; repeatable."
)
@click.option("--source", metavar="URI", help="Address of the rows, within the account's reach.")
@click.option(
    "--window",
    metavar="all|incremental|DAYS",
    help="Training: which rows; 28d: days up to the newest row. Default: the use case's.",
)
@click.option(
    "--as-of",
    metavar="SNAPSHOT|TIME",
    help="Read the Iceberg table as it was at a snapshot or a time.",
)
@click.option(
    "--date", metavar="DAY", help="Inference: the day to decide for. Default: the newest."
)
@click.option(
    "--model",
    metavar="VERSION",
    help="Inference: 3, fraud/3 or live. Default: live, the version that is approved there.",
)
@click.option(
    "--trial",
    is_flag=True,
    help="Inference: take a version that is not approved as well; the sinks stay as they are.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why; training: for the evidence.")
@click.option(
    "--token",
    default="",
    metavar="TEXT",
    callback=not_blank,
    help="Of this start, such as a build's number: a second start with it starts nothing new.",
)
@click.option("--wait", is_flag=True, help="Show the execution until it is over.")
@environment_options
@common_options
@click.pass_obj
def command(session: Session, /, environment: str, file: str | None, **options: Any) -> int:
    """Start an execution of a pipeline in an account.

    NAME is a pipeline of the project, such as `training`, or one as the account has it, such as
    `fraud-training`. Parameters are checked against what is deployed there. Of a pipeline of the
    project, rows, model, champion and sinks are settled first, by the environment's registry and
    ledger; Image, Role, ArtifactRoot and CodeRoot are the environment's. Exit code 1: the service
    refused, or with --wait, the execution failed or was stopped.
    """
    from penstock.cli.account import open_account
    from penstock.cli.starting import StartRequest, start_there

    request = StartRequest(**options, json=session.json)
    return start_there(request, open_account(environment, file))

"""`pipeline replay`: a failed step of an account, here."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import environment_options

EPILOG = """\b
Example: pipeline replay fraud-training --env prod
         pipeline replay 4m2x0c9q1z7k train --env prod
         pipeline replay fraud-training train --env dev --resume
"""


@click.command(
    "replay", short_help="Run a failed step of an account on this machine.", epilog=EPILOG
)
@click.argument("execution")
@click.argument("step", required=False, default="")
@environment_options
@click.option(
    "--resume",
    is_flag=True,
    help="Start the step and what comes after it again in the account; the rest is taken over.",
)
@click.option(
    "--image",
    "images",
    metavar="IMAGE=COMMAND",
    multiple=True,
    help="The command that stands for an image that is not ours; repeatable.",
)
@common_options
@click.pass_obj
def command(
    session: Session,
    *,
    execution: str,
    step: str,
    environment: str,
    file: str | None,
    resume: bool,
    images: tuple[str, ...],
) -> int:
    """Run a failed step of an account on this machine.

    Its job's inputs and code are fetched, and the step is run here with the same parameters and
    environment, within the memory and the time of its instance type, so that its exception appears
    here. EXECUTION is an ARN, an id, or the name of a pipeline for its latest; STEP by default the
    first that failed. Nothing is written to the account.

    Exit code 1: the step failed here too, as was to be shown; 0: it succeeded here.
    """
    from penstock.cli.account import open_account
    from penstock.cli.replaying import ReplayRequest, replay_here, resume_there

    request = ReplayRequest(execution, step, images, session.json)
    account = open_account(environment, file)
    return resume_there(request, account) if resume else replay_here(request, account)

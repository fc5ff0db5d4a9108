"""Entry point of the command `pipeline`."""

from __future__ import annotations

import gc

import click

from penstock.cli.lazy_group import LazyGroup
from penstock.cli.session import debug_option

COMMANDS = {
    "run": (
        "penstock.cli.commands.run",
        "Run a pipeline on this machine as SageMaker would run it.",
    ),
    "start": (
        "penstock.cli.commands.start",
        "Start an execution of a pipeline in an account.",
    ),
    "logs": (
        "penstock.cli.commands.logs",
        "Show what the jobs of an execution in an account print.",
    ),
    "replay": (
        "penstock.cli.commands.replay",
        "Run a failed step of an account on this machine.",
    ),
    "stop": (
        "penstock.cli.commands.stop",
        "Stop an execution in an account.",
    ),
    "list": (
        "penstock.cli.commands.list",
        "List the pipelines of an account: whose, from which commit, how they ran last.",
    ),
    "status": (
        "penstock.cli.commands.status",
        "List the runs of this machine or an account, or when pipelines run next.",
    ),
    "plan": (
        "penstock.cli.commands.plan",
        "Show what an upsert would change in an account.",
    ),
    "upsert": (
        "penstock.cli.commands.upsert",
        "Create or update pipelines in an account.",
    ),
    "delete": (
        "penstock.cli.commands.delete",
        "Remove personal copies of pipelines from an account.",
    ),
    "schedule": (
        "penstock.cli.commands.schedule",
        "Show, apply and pause what starts pipelines of an environment.",
    ),
    "models": (
        "penstock.cli.commands.models",
        "List, approve, reject and roll back models.",
    ),
    "data": (
        "penstock.cli.commands.data",
        "Append new data; show which rows runs saw.",
    ),
    "evidence": (
        "penstock.cli.commands.evidence",
        "Show and verify the evidence of a candidate.",
    ),
    "console": (
        "penstock.cli.commands.console",
        "Serve the pages on which people approve models.",
    ),
    "compile": (
        "penstock.cli.commands.compile",
        "Write what SageMaker Pipelines or Kubeflow would receive.",
    ),
    "release": (
        "penstock.cli.commands.release",
        "Build, verify, store and show releases of the project.",
    ),
    "check": (
        "penstock.cli.commands.check",
        "Check use cases, environments, IRs and definitions; list every problem.",
    ),
    "schema": (
        "penstock.cli.commands.schema",
        "Print the JSON Schema of a settings file, for editors.",
    ),
    "doctor": (
        "penstock.cli.commands.doctor",
        "Look at this machine or an environment and say what to mend.",
    ),
}
"""Name → (module, summary). A test holds each summary equal to the command's own."""

_NEW_OBJECTS = 50_000
"""After so many Python looks for cycles; at its own 700 that is a tenth of a short command."""


def _version(context: click.Context, _: click.Parameter, given: bool) -> None:
    if given:
        from penstock.cli.installation import installed_version

        click.echo(f"pipeline {installed_version('penstock')}")
        context.exit()


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    epilog="Example: pipeline run training --use-case fraud",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@debug_option
def pipeline() -> None:
    """Train, check and move models: one definition, here, on SageMaker and on Kubeflow.

    Exit codes: 0 it worked, 1 the work failed, 2 the request was wrong.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from penstock.cli.boundary import guarded

    if arguments is None:
        gc.set_threshold(_NEW_OBJECTS)
    return guarded(pipeline, arguments)

"""`pipeline status`: the runs of this machine, or the executions of an account."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options

EPILOG = """\b
Example: pipeline status --use-case fraud --limit 5
         pipeline status --env dev
         pipeline status fraud-training --env dev
"""


@click.command(
    "status",
    short_help="List the runs of this machine or an account, or when pipelines run next.",
    epilog=EPILOG,
)
@click.argument("execution", required=False)
@click.option("--use-case", help="Only runs of this use case.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--schedule", is_flag=True, help="Show when the use case's pipelines run next.")
@click.option("--env", "environment", metavar="NAME", help="Look at this environment.")
@click.option(
    "--environments",
    "file",
    metavar="FILE",
    type=click.Path(),
    help="The file that names it; default environments.yaml.",
)
@common_options
@click.pass_obj
def command(
    session: Session,
    execution: str | None,
    use_case: str | None,
    limit: int,
    schedule: bool,
    environment: str | None,
    file: str | None,
) -> int:
    """List the runs of this machine or an account, or when pipelines run next.

    Newest first: state, duration, rows looked at, model used or registered. A run is `Interrupted`
    where no process executes it and it has not ended; `pipeline run --resume` goes on with it.
    With --schedule: when the pipelines of the use case (default: fraud) run next in production, in
    its own time zone, and after which others.

    With --env: the executions in that account, or the steps of one EXECUTION: its ARN, its id,
    NAME/ID, or the name of a pipeline for its latest. Exit code 0 however it ended.
    """
    from penstock.cli.boundary import WORKED

    if environment is not None:
        if use_case or schedule:
            raise click.UsageError("--env excludes --use-case and --schedule.")
        from penstock.cli.execution_status import show_status

        show_status(execution, environment, file, limit, as_json=session.json)
        return WORKED
    if execution is not None or file is not None:
        raise click.UsageError("EXECUTION and --environments need --env.")
    if schedule:
        from penstock.cli.schedule_view import next_starts, schedule_text

        starts = next_starts(use_case or "fraud")
        documents, text = [each.to_json() for each in starts], schedule_text(starts)
    else:
        from penstock.cli.status_view import list_runs, runs_text

        runs = list_runs(use_case, limit)
        documents, text = [each.to_json() for each in runs], runs_text(runs)
    if session.json:
        import json

        click.echo(json.dumps(documents, indent=2))
    else:
        click.echo(text)
    return WORKED

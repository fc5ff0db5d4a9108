"""`pipeline status`: the runs of this machine."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options


@click.command(
    "status",
    short_help="List the runs of this machine, or when pipelines run next.",
    epilog="Example: pipeline status --use-case fraud --limit 5",
)
@click.option("--use-case", help="Only runs of this use case.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--schedule", is_flag=True, help="Show when the use case's pipelines run next.")
@common_options
@click.pass_obj
def command(session: Session, use_case: str | None, limit: int, schedule: bool) -> int:
    """List the runs of this machine, or when pipelines run next.

    Newest first: state, duration, rows looked at, model used or registered. A run is `Interrupted`
    where no process executes it and it has not ended; `pipeline run --resume` goes on with it.
    With --schedule: when the pipelines of the use case (default: fraud) run next in production, in
    its own time zone, and after which others.
    """
    from penstock.cli.boundary import WORKED

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

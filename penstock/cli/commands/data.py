"""`pipeline data`: new batches, and which rows runs and models have seen."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options

EPILOG = """\b
Example: pipeline data new-batch --use-case fraud
         pipeline data new-batch --days 1
         pipeline data show
         pipeline data show fraud/3
"""


@click.group("data", short_help="Append new data; show which rows runs saw.", epilog=EPILOG)
@common_options
def command() -> None:
    """Append new data; show which rows runs saw."""


@command.command(
    "new-batch",
    short_help="Append the next generated batch to a use case's table.",
    epilog="Example: pipeline data new-batch --use-case fraud --days 1",
)
@click.option("--use-case", default="fraud", show_default=True, help="Name or folder.")
@click.option("--days", type=click.IntRange(1, 3660), help="Days to append. Default: a batch's.")
@click.option("--source", metavar="URI", help="The table. Default: the use case's own.")
@common_options
@click.pass_obj
def new_batch(session: Session, use_case: str, days: int | None, source: str | None) -> int:
    """Append the next generated days to a use case's table, as new data arrive in real life.

    The first call loads the first days. Each day is a batch, and on an Iceberg table a snapshot, of
    its own. A call that was stopped is made good by the next one.
    """
    from penstock.cli.boundary import WORKED
    from penstock.cli.home import HOME
    from penstock.cli.new_batch import new_batch as append
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    address = source or settings.source.uri
    done = append(settings, address, home=HOME, days=days)
    if session.json:
        import json

        document = {
            "use_case": settings.name,
            "source": done.source,
            "first_day": str(done.first_day),
            "last_day": str(done.last_day),
            "batches": list(done.batches),
            "rows": done.rows,
        }
        click.echo(json.dumps(document, indent=2))
        return WORKED
    count = len(done.batches)
    click.echo(
        f"{done.rows:,} rows of {settings.name}, {done.first_day}…{done.last_day}, "
        f"in {count} batch{'' if count == 1 else 'es'}"
    )
    click.echo(f"table  {done.source}")
    return WORKED


@command.command(
    "show",
    short_help="Show which rows runs and models have seen.",
    epilog="Example: pipeline data show fraud/3",
)
@click.argument("what", required=False, metavar="[RUN|GROUP/VERSION]")
@click.option("--use-case", default="fraud", show_default=True, help="Whose models to list.")
@click.option("--registry", metavar="URI", help="MLflow registry. Default: the local one.")
@common_options
@click.pass_obj
def show(session: Session, what: str | None, use_case: str, registry: str | None) -> int:
    """Show table, snapshots, times, rows and digest that a run or a registered version saw.

    Without a name: those of every registered version of the use case, oldest first, whether each
    goes on where the one before ended, and what the next incremental training would read.
    """
    from penstock.cli import lineage_view as view
    from penstock.cli.boundary import WORKED

    if what is not None:
        found = view.lineage_of(what, registry)
        document, text = found.to_json(), view.one_text(found)
    else:
        several = view.lineages_of_use_case(use_case, registry)
        coming = view.coming_increment(use_case, registry)
        document = {
            "versions": [each.to_json() for each in several],
            "next": coming.to_json() if coming else None,
        }
        text = view.list_text(several, use_case)
        text += f"\n{view.coming_text(coming)}" if coming else ""
    if session.json:
        import json

        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(text)
    return WORKED

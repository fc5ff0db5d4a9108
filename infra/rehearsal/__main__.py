"""`python -m infra.rehearsal`: play the promotion of a release in four accounts."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import click

from penstock.errors import PenstockError


@click.command("rehearsal", epilog="Example: python -m infra.rehearsal --json")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each that is told.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the calls that roles make, and the templates that have to allow them.",
)
def command(as_json: bool, record: Path | None) -> None:
    """Play a release's whole way on this machine: four accounts, gates, approvals, decisions.

    What moto has is deployed and called; pipelines and functions really run. Nothing outlives it.
    """
    from infra.rehearsal.story.lines import Line, Teller, heading
    from infra.rehearsal.story.whole import play

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")

    def hear(line: Line) -> None:
        click.echo(json.dumps(line.facts) if as_json else line.shown)

    if not as_json:
        click.echo(heading())
    with tempfile.TemporaryDirectory(prefix="penstock-rehearsal-") as folder:
        try:
            play(Path(folder), Teller(hear), record)
        except PenstockError as error:
            for problem in error.problems:
                click.echo(f"rehearsal: {problem}", err=True)
            sys.exit(1)


if __name__ == "__main__":
    command()

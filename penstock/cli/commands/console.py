"""`pipeline console`: pages on which people look at candidates and decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from penstock.cli.session import Session, common_options

EPILOG = """\b
Example: pipeline console
         pipeline console --port 0 --open
         pipeline console --stage prod --settings console.yaml --host 0.0.0.0
"""


@click.command(
    "console", short_help="Serve the pages on which people approve models.", epilog=EPILOG
)
@click.option("--stage", default="", help="Stage that is shown first. Default: the rules' first.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8420,
    show_default=True,
    help="Port to listen at; 0 takes a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--registry", metavar="URI", help="Registry. Default: the local one.")
@click.option("--ledger", metavar="URI", default="", help="Ledger. Default: the local one.")
@click.option(
    "--settings",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who may sign in. Default: console.yaml where there is one.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@common_options
@click.pass_obj
def command(
    session: Session,
    stage: str,
    port: int,
    host: str,
    registry: str | None,
    ledger: str,
    settings: Path | None,
    show: bool,
) -> int:
    """Serve the pages on which people approve models.

    Without an identity provider the console is for the one person of this machine: it listens at
    loopback only, and the address that it prints holds a token that lets you in. Ctrl-C stops it.
    """
    from penstock.cli.boundary import WORKED

    serving = _serving()

    def announce(address: str, method: str) -> None:
        if session.json:
            import json

            click.echo(json.dumps({"address": address, "sign_in": method}))
        else:
            click.echo(f"console  {address}")
            click.echo("Ctrl-C stops it.")
        if show:
            click.launch(address)

    options = serving.Options(stage, host, port, registry, ledger, settings)
    serving.serve(options, announce)
    if not session.json:
        click.echo("console stopped.")
    return WORKED


def _serving() -> Any:
    """Load by name: the engine imports nothing above it."""
    import importlib

    return importlib.import_module("serving.console.serve")

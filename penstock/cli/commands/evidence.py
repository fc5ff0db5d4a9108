"""`pipeline evidence`: what a candidate's approval would name, shown and verified."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options

EPILOG = """\b
Example: pipeline evidence show fraud/2
         pipeline evidence verify fraud/2
         pipeline evidence verify /downloads/evidence
"""


@click.group("evidence", short_help="Show and verify the evidence of a candidate.", epilog=EPILOG)
@common_options
def command() -> None:
    """Show and verify the evidence of a candidate."""


@command.command(
    "show",
    short_help="Show what a candidate's evidence says.",
    epilog="Example: pipeline evidence show fraud/2",
)
@click.argument("what", metavar="VERSION|FOLDER")
@click.option("--use-case", default="fraud", show_default=True, help="Of a version without group.")
@click.option("--registry", metavar="URI", help="Model registry. Default: the local one.")
@common_options
@click.pass_obj
def show(session: Session, what: str, use_case: str, registry: str | None) -> int:
    """Show the verdict, the gates, the metrics beside the champion's, and where all of it is from.

    VERSION is a number or such as fraud/2; FOLDER is a pack that was downloaded.
    """
    from penstock.cli import evidence_view as view
    from penstock.cli.boundary import WORKED

    found = view.find_pack(what, use_case, registry)
    if session.json:
        import json

        document = {"digest": found.pack.digest, "document": found.pack.document}
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(view.pack_text(found))
    return WORKED


@command.command(
    "verify",
    short_help="Hash a candidate's evidence and its model again.",
    epilog="Example: pipeline evidence verify fraud/2",
)
@click.argument("what", metavar="VERSION|FOLDER")
@click.option("--model", metavar="FOLDER", help="The model that belongs to a FOLDER.")
@click.option("--use-case", default="fraud", show_default=True, help="Of a version without group.")
@click.option("--registry", metavar="URI", help="Model registry. Default: the local one.")
@common_options
@click.pass_obj
def verify(
    session: Session, what: str, model: str | None, use_case: str, registry: str | None
) -> int:
    """Hash every byte that can be reached again, and say precisely what does not match.

    Works without a network. Exit code 1: something does not match.
    """
    from penstock.cli import evidence_view as view
    from penstock.cli.boundary import FAILED, WORKED

    found = view.find_pack(what, use_case, registry)
    result = view.verified(found, model)
    if session.json:
        import json

        click.echo(json.dumps(result.to_json(), indent=2))
    else:
        click.echo(view.verified_text(result))
    return FAILED if result.problems else WORKED

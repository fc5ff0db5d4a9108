"""`pipeline upsert`: pipelines of an account as the work tree or a release has them."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import not_blank, release_option, target_options


@click.command(
    "upsert",
    short_help="Create or update pipelines in an account.",
    epilog="Example: pipeline upsert training --env dev",
)
@click.argument("names", nargs=-1)
@target_options
@release_option
@click.option(
    "--force",
    "reason",
    metavar="REASON",
    default="",
    callback=not_blank,
    help="Do it though it undoes a newer commit's or somebody's change; the reason is recorded.",
)
@common_options
@click.pass_obj
def command(
    session: Session,
    *,
    names: tuple[str, ...],
    environment: str,
    file: str | None,
    use_case: str,
    suffix: str,
    release: str,
    reason: str,
) -> int:
    """Create or update pipelines in an account.

    NAMES are pipelines of the project, such as `training`; without, all of them. Code is uploaded
    first, under the name of its content; at last the definition is read back. A lock and a version
    record keep two upserts from undoing each other; what a newer commit or somebody else put there
    is not undone without --force.
    """
    from penstock.cli.boundary import WORKED
    from penstock.cli.deploying import Deployment, compiling_ahead, open_target, wanted_pipelines
    from penstock.cli.upserting import upserted

    def told(sentence: str) -> None:
        if not session.json:
            click.echo(f"note: {sentence}", err=True)

    request = Deployment(names, use_case, suffix, release, file or "")
    with compiling_ahead(request) as ahead:
        place = open_target(environment, file, told)
        wanted = wanted_pipelines(request, place.environment, ahead)
        upserted(wanted, place, reason, is_json=session.json)
    return WORKED

"""`pipeline delete`: remove personal copies of pipelines from an account."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options
from penstock.cli.target_options import environment_options


@click.command(
    "delete",
    short_help="Remove personal copies of pipelines from an account.",
    epilog="Example: pipeline delete --env dev --suffix my-branch",
)
@click.argument("names", nargs=-1)
@environment_options
@click.option("--suffix", metavar="TEXT", default="", help="Of the copies.")
@click.option("--expired", is_flag=True, help="All copies past their date, whosever they are.")
@common_options
@click.pass_obj
def command(
    session: Session,
    *,
    names: tuple[str, ...],
    environment: str,
    file: str | None,
    suffix: str,
    expired: bool,
) -> int:
    """Remove personal copies of pipelines from an account.

    NAMES are names in the account without the suffix, such as `fraud-training`; without, all copies
    of that suffix. Executions that ran, their artifacts and the version records stay.
    """
    from penstock.cli.boundary import WORKED, InterruptedWorkError
    from penstock.cli.deleting import copies, expired_copies
    from penstock.cli.deploying import open_target
    from penstock.deployment.upserting import delete
    from penstock.errors import PenstockError, Problem

    if bool(suffix) == expired:
        raise click.UsageError("give --suffix TEXT or --expired.")
    if names and expired:
        raise click.UsageError("--expired takes no names.")
    place = open_target(environment, file, lambda _: None)
    found = expired_copies(place) if expired else copies(place, names, suffix)
    deleted: list[str] = []
    for name in found:
        try:
            if delete(name, place) is not None:
                deleted.append(name)
        except KeyboardInterrupt:
            raise InterruptedWorkError(
                f"interrupted: deleted {', '.join(deleted) or 'nothing'}; whether {name} is gone "
                "is not known. Repeat the command."
            ) from None
        except PenstockError as error:
            done = Problem(f"deleted before: {', '.join(deleted)}.")
            raise type(error)([*error.problems, *([done] if deleted else [])]) from error
    if session.json:
        import json

        click.echo(json.dumps({"environment": environment, "deleted": deleted}, indent=2))
    elif deleted:
        click.echo("\n".join(f"{name}: deleted" for name in deleted))
    else:
        click.echo("Nothing to delete.")
    return WORKED

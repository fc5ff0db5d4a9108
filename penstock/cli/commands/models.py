"""`pipeline models`: candidates, decisions about them, and what is live."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from penstock.cli.session import Session, common_options

if TYPE_CHECKING:
    from penstock.cli.models_view.addressing import Place

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = """\b
Example: pipeline models list
         pipeline models show fraud/4
         pipeline models approve fraud/4 --comment "Better on every segment."
         pipeline models history --at 2026-11-01T09:00Z
"""


def _place_options(function: F) -> F:
    """Add the options that say where decisions are looked up and made."""
    for option in (
        click.option("--ledger", metavar="URI", help="Ledger of decisions. Default: the local."),
        click.option("--registry", metavar="URI", help="Model registry. Default: the local one."),
        click.option("--stage", help="Stage of the rules. Default: the first, `local`."),
        click.option("--use-case", default="fraud", show_default=True, help="Where none is named."),
    ):
        function = option(function)
    return common_options(function)


def _place(where: dict[str, Any]) -> Place:
    from penstock.cli.models_view.addressing import Place

    return Place(where["registry"], where["ledger"], where["use_case"], where["stage"])


def _answer(session: Session, /, value: Any, text: Callable[[], str]) -> None:
    if session.json:
        import json

        from penstock.cli.models_view.documents import plain_data

        click.echo(json.dumps(plain_data(value), indent=2))
    else:
        click.echo(text())


@click.group("models", short_help="List, approve, reject and roll back models.", epilog=EPILOG)
@common_options
def command() -> None:
    """List, approve, reject and roll back models.

    You decide under your login.
    """


@command.command(
    "list",
    short_help="List versions and where they stand.",
    epilog="Example: pipeline models list fraud --limit 5",
)
@click.argument("group", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--before", type=click.IntRange(1), help="Only older ones than this version.")
@_place_options
@click.pass_obj
def list_(
    session: Session, /, group: str | None, limit: int, before: int | None, **where: Any
) -> None:
    """List versions, newest first: standing, verdict, age."""
    from penstock.cli.models_view.review_text import list_text

    place = _place(where)
    approvals, named = place.opened(), place.group(group)
    stage = place.stage_of(approvals)
    found = approvals.reviews(named, stage, limit=limit, before=before)
    _answer(session, found, lambda: list_text(found, named))


@command.command(
    "show",
    short_help="Show what an approver has to know of a version.",
    epilog="Example: pipeline models show fraud/4",
)
@click.argument("version")
@_place_options
@click.pass_obj
def show(session: Session, /, version: str, **where: Any) -> None:
    """Show what an approver has to know of a version: its verdict first; every byte is hashed."""
    from penstock.cli.models_view.review_text import show_text

    place = _place(where)
    approvals, (group, number) = place.opened(), place.version(version)
    stage = place.stage_of(approvals)
    found = approvals.review(group, number, stage)
    _answer(session, found, lambda: show_text(found, approvals.live(group, stage)))


@command.command(
    "approve",
    short_help="Approve a version: exactly the bytes that its evidence names.",
    epilog='Example: pipeline models approve fraud/4 --comment "Better on every segment."',
)
@click.argument("version")
@click.option("--comment", default="", help="In your words, for the ledger.")
@click.option("--justify", default="", help="Why, where the comparison does not recommend it.")
@click.option("--evidence", metavar="DIGEST", help="Digest that you saw. Default: what is there.")
@_place_options
@click.pass_obj
def approve(
    session: Session,
    /,
    version: str,
    comment: str,
    justify: str,
    evidence: str | None,
    **where: Any,
) -> None:
    """Approve a version: exactly the bytes that its evidence names.

    With as many approvals as the stage asks for, it is live at once.
    """
    from penstock.cli.models_view.addressing import local_person

    place = _place(where)
    approvals, (group, number) = place.opened(), place.version(version)
    stage = place.stage_of(approvals)
    if evidence is None:
        evidence = approvals.review(group, number, stage).evidence
    done = approvals.approve(
        group,
        number,
        stage,
        local_person(),
        evidence=evidence,
        comment=comment,
        justification=justify,
    )
    _answer(session, done, lambda: done.sentence)


@command.command(
    "reject",
    short_help="Reject a version at a stage, for good.",
    epilog='Example: pipeline models reject fraud/4 --comment "Drifts in spring."',
)
@click.argument("version")
@click.option("--comment", default="", help="Why, in your words; it must not be empty.")
@click.option("--evidence", metavar="DIGEST", help="Digest that you saw. Default: what is there.")
@_place_options
@click.pass_obj
def reject(
    session: Session, /, version: str, comment: str, evidence: str | None, **where: Any
) -> None:
    """Reject a version at a stage, for good."""
    from penstock.cli.models_view.addressing import local_person

    place = _place(where)
    approvals, (group, number) = place.opened(), place.version(version)
    stage = place.stage_of(approvals)
    if evidence is None:
        evidence = approvals.review(group, number, stage).evidence
    done = approvals.reject(
        group, number, stage, local_person(), evidence=evidence, comment=comment
    )
    _answer(session, done, lambda: done.sentence)


@command.command(
    "rollback",
    short_help="Bring back what was live before, as a whole.",
    epilog='Example: pipeline models rollback fraud --comment "Too many false alarms."',
)
@click.argument("group", required=False)
@click.option("--comment", default="", help="Why, in your words; it must not be empty.")
@_place_options
@click.pass_obj
def rollback(session: Session, /, group: str | None, comment: str, **where: Any) -> None:
    """Bring back what was live before, as a whole.

    Model, segments, use-case settings and pipeline version come back in one entry of the ledger.
    """
    from penstock.cli.models_view.addressing import local_person

    place = _place(where)
    approvals, named = place.opened(), place.group(group)
    stage = place.stage_of(approvals)
    done = approvals.rollback(named, stage, local_person(), comment=comment)
    _answer(session, done, lambda: done.sentence)


@command.command(
    "reconcile",
    short_help="Take up approvals that were made in the registry itself.",
    epilog="Example: pipeline models reconcile fraud --stage prod",
)
@click.argument("group", required=False)
@_place_options
@click.pass_obj
def reconcile(session: Session, /, group: str | None, **where: Any) -> None:
    """Take up approvals that were made in the registry itself, as SageMaker Studio does.

    Each becomes an approval by whom the registry names, under the same rules, or is flagged.
    """
    place = _place(where)
    approvals, named = place.opened(), place.group(group)
    made = approvals.reconcile(named, place.stage_of(approvals))
    nothing = f"nothing of {named} was approved past the ledger."
    _answer(session, made, lambda: "\n".join(each.sentence for each in made) or nothing)


@command.command(
    "history",
    short_help="Show all decisions, or what was live at an instant.",
    epilog="Example: pipeline models history --at 2026-11-01T09:00Z",
)
@click.argument("group", required=False)
@click.option("--at", metavar="TIME", help="What was live then; UTC where no zone is given.")
@_place_options
@click.pass_obj
def history(session: Session, /, group: str | None, at: str | None, **where: Any) -> None:
    """Show all decisions, or what was live at an instant.

    Of all groups and stages where none is named.
    """
    from penstock.cli.models_view import history_text as view
    from penstock.cli.models_view.addressing import instant

    place = _place(where)
    approvals = place.opened()
    if at is None:
        entries = approvals.history(group, place.stage)
        _answer(session, entries, lambda: view.history_text(entries))
        return
    then = instant(at)
    lives = view.lives_at(approvals, group, place.stage, then)
    _answer(session, lives, lambda: view.lives_text(lives, then))


@command.command(
    "verify",
    short_help="Verify the ledger and every byte of what is live.",
    epilog="Example: pipeline models verify",
)
@click.argument("group", required=False)
@_place_options
@click.pass_obj
def verify(session: Session, /, group: str | None, **where: Any) -> int:
    """Verify the ledger and every byte of what is live.

    Exit code 1: something is not what was approved.
    """
    from penstock.cli.boundary import FAILED, WORKED
    from penstock.cli.models_view.verification import verified_text, verify_all

    place = _place(where)
    found = verify_all(place.opened(), group, place.stage)
    _answer(session, found, lambda: verified_text(found))
    return FAILED if found.problems else WORKED

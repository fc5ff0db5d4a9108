"""Upserts one after the other, with a line for each."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.boundary import InterruptedWorkError
from penstock.errors import PenstockError, Problem

if TYPE_CHECKING:
    from types import FrameType

    from penstock.deployment.place import Place
    from penstock.deployment.upserting import Outcome
    from penstock.deployment.wanted import Wanted


def upserted(wanted: Iterable[Wanted], place: Place, reason: str, *, is_json: bool) -> None:
    """Upsert pipelines and print what was done.

    Args:
        wanted: The pipelines.
        place: Where.
        reason: Of --force; empty: it was not given.
        is_json: Print one document for machines.
    """
    from penstock.cli.plan_view.plan_json import plan_json
    from penstock.deployment.upserting import upsert

    outcomes: list[Outcome] = []
    # All of them, before any is changed: one that does not compile leaves the others alone.
    for each in list(wanted):
        with _told_when_interrupted(each.name, outcomes):
            try:
                outcomes.append(upsert(each, place, reason=reason))
            except PenstockError as error:
                if outcomes:
                    raise type(error)([*error.problems, _done_before(outcomes)]) from error
                raise
        if not is_json:
            click.echo(outcome_text(outcomes[-1]))
    if is_json:
        import json

        documents: list[dict[str, Any]] = [
            {
                "pipeline": each.plan.wanted.name,
                "done": each.done,
                "arn": each.arn,
                "uploaded": each.uploaded,
                "version": asdict(each.version),
                "plan": plan_json(each.plan),
            }
            for each in outcomes
        ]
        document = {"environment": place.environment.name, "pipelines": documents}
        click.echo(json.dumps(document, indent=2))


def _done_before(outcomes: list[Outcome]) -> Problem:
    names = ", ".join(each.plan.wanted.name for each in outcomes)
    return Problem(f"{names} was done before.", remedy="Repeating the command does no harm.")


def outcome_text(outcome: Outcome) -> str:
    """Return what an upsert did, for people."""
    name, version = outcome.plan.wanted.name, outcome.version
    if outcome.done == "nothing":
        return f"{name}: nothing to do; version {version.number} is there, {version.origin}"
    number = outcome.uploaded
    files = f", {number} {'file' if number == 1 else 'files'} uploaded" if number else ""
    return (
        f"{name}: {outcome.done} as version {version.number} from {version.origin}{files}; "
        f"read back and equal ({version.body[:12]})\n  {outcome.arn}"
    )


@contextmanager
def _told_when_interrupted(name: str, done: list[Outcome]) -> Iterator[None]:
    """Say what was and was not done when a person or a build server stops the command."""

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        names = ", ".join(each.plan.wanted.name for each in done) or "nothing"
        raise InterruptedWorkError(
            f"interrupted: {names} was done; {name} is as it was or as it shall be. "
            "Repeat the command: it looks what is there and goes on."
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)

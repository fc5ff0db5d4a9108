"""Why a decision is forbidden: every rule, all that are broken at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from penstock.approval.port import Person, Standing
from penstock.approval.rules import Stage
from penstock.approval.state import StageState
from penstock.approval.subject import Subject
from penstock.approval.words import plain, problems_of
from penstock.errors import Problem

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for.

    Attributes:
        actor: Who.
        evidence: Digest of the evidence that they saw.
        comment: In their words.
        justification: Theirs.
    """

    actor: Person
    evidence: str
    comment: str
    justification: str = ""


def of_version(
    subject: Subject, stage: Stage, state: StageState, earlier: StageState | None, now: datetime
) -> Iterator[Problem]:
    """Yield why nobody can approve a version at a stage.

    Args:
        subject: The version.
        stage: Where it would go.
        state: Of its group at that stage.
        earlier: Of its group at the stage that has to come before; None: there is none.
        now: The instant of the decision.
    """
    name, version = subject.name, subject.description.registered.version
    standing = state.standing(version, subject.evidence, now)
    live = f"{subject.description.registered.group}/{state.live_version}"
    if standing == "live":
        yield Problem(f"{name} is live at {stage.name} already.", remedy="There is nothing to do.")
    elif standing == "rejected":
        actor = state.last[version].actor.name
        what = f"{name} was rejected at {stage.name} by {actor}, for good."
        yield Problem(what, remedy="Train again; the new version can be approved.")
    elif version < state.live_version:
        what = f"{name} is superseded at {stage.name}: {live} is live."
        group = subject.description.registered.group
        remedy = f"To go back, use: pipeline models rollback {group} --stage {stage.name}"
        yield Problem(what, remedy=remedy)
    if earlier is not None and version not in earlier.were_live:
        what = f"{name} was never live at {stage.after}, which comes before {stage.name}."
        yield Problem(what, remedy=f"Approve it there first: --stage {stage.after}")
    elif earlier is not None and subject.evidence not in earlier.were_live[version]:
        what = (
            f"{name} was live at {stage.after}, which comes before {stage.name}, with other "
            "evidence than this."
        )
        remedy = "Train again; the new version can be approved there first."
        yield Problem(what, remedy=remedy)
    if not subject.author and not stage.author_may_approve:
        what = f"the evidence of {name} does not say who started the run that made it."
        yield Problem(what, remedy="Train again with a pipeline that tells it.")
    yield from subject.problems


def of_approval(
    wish: Wish, subject: Subject, stage: Stage, state: StageState, now: datetime
) -> Iterator[Problem]:
    """Yield why this person cannot approve a version in this way."""
    name, version = subject.name, subject.description.registered.version
    yield from of_actor(wish.actor, stage)
    if not stage.author_may_approve and subject.author and is_author(wish.actor, subject.author):
        what = f"{wish.actor.name} started the run that made {name} and cannot approve it."
        yield Problem(what, remedy="Ask somebody else to look at it.")
    if wish.actor.name in {
        each.actor.name for each in state.counting(version, subject.evidence, now)
    }:
        what = f"{wish.actor.name} has approved {name} at {stage.name} already."
        yield Problem(what, remedy="It needs the approval of somebody else.")
    yield from of_evidence(wish, subject)
    reason = justification_reason(subject, stage, state)
    if reason and not wish.justification:
        what = f"approving {name} needs a written justification: {reason}."
        yield Problem(what, remedy="Say why it shall go live all the same: --justify TEXT")
    yield from problems_of("comment", wish.comment)
    yield from problems_of("justification", wish.justification)


def of_rejection(
    wish: Wish, subject: Subject, stage: Stage, standing: Standing
) -> Iterator[Problem]:
    """Yield why this person cannot reject a version in this way."""
    yield from of_actor(wish.actor, stage)
    if standing == "live":
        what = f"{subject.name} is live at {stage.name} and cannot be rejected."
        group = subject.description.registered.group
        yield Problem(what, remedy=f"Use: pipeline models rollback {group} --stage {stage.name}")
    elif standing == "rejected":
        what = f"{subject.name} was rejected at {stage.name} already."
        yield Problem(what, remedy="There is nothing to do.")
    yield from of_evidence(wish, subject)
    if not wish.comment:
        yield Problem("a rejection needs a comment.", remedy="Say why: --comment TEXT")
    yield from problems_of("comment", wish.comment)


def of_rollback(
    actor: Person, comment: str, stage: Stage, group: str, *, has_before: bool
) -> Iterator[Problem]:
    """Yield why this person cannot roll back in this way."""
    yield from of_actor(actor, stage)
    if not has_before:
        what = f"there is nothing at {stage.name} to roll {group} back to."
        yield Problem(what, remedy="Approve another version.")
    if not comment:
        yield Problem("a rollback needs a comment.", remedy="Say why: --comment TEXT")
    yield from problems_of("comment", comment)


def of_actor(actor: Person, stage: Stage) -> Iterator[Problem]:
    """Yield why a person cannot decide at a stage."""
    if not actor.name:
        yield Problem("nobody decides.", remedy="Sign in.")
    yield from problems_of("name", actor.name, LONGEST_NAME)
    yield from problems_of("shown name", actor.shown, LONGEST_NAME)
    if stage.who and actor.name not in stage.who:
        what = f"{actor.name} is not among those who may decide at {stage.name}."
        yield Problem(what, remedy=f"Ask one of: {', '.join(stage.who)}.")


def of_evidence(wish: Wish, subject: Subject) -> Iterator[Problem]:
    """Yield why what somebody saw is not what would be decided about."""
    if wish.evidence != subject.evidence:
        seen, there = wish.evidence or "no evidence", subject.evidence or "none"
        what = f"the decision is about {seen}, but the evidence of {subject.name} is {there}."
        yield Problem(what, remedy="Look at the evidence that is there, and decide again.")


def justification_reason(subject: Subject, stage: Stage, state: StageState) -> str:
    """Return why an approval needs a written justification; empty where it does not."""
    group, live = subject.description.registered.group, state.live_version
    reasons = []
    if not subject.recommended:
        told = f" ({plain(subject.verdict).rstrip('.')})" if subject.verdict else ""
        reasons.append(f"the comparison does not recommend it{told}")
    is_live = f"{group}/{live}" if live else ""
    if subject.champion != is_live and f"{group}/{live}" != subject.name:
        compared = plain(subject.champion) or "no live model"
        reasons.append(
            f"it was compared with {compared}, but {is_live or 'nothing'} is live at {stage.name}"
        )
    return "; ".join(reasons)


def is_author(actor: Person, author: str) -> bool:
    """Return whether a person is who started a run, by whichever of their names it tells."""
    names = {actor.name, actor.shown, actor.name.rpartition("|")[2]} - {""}
    return author.casefold() in {name.casefold() for name in names}

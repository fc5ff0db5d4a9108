"""Decisions that the rules allow, before they are signed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from penstock.approval.checking import registered_facts
from penstock.approval.entries import Draft, instant_text
from penstock.approval.obstacles import Wish
from penstock.approval.port import Entry, Person
from penstock.approval.rules import Rules, Stage
from penstock.approval.state import InForce
from penstock.approval.subject import Subject


def approval(
    wish: Wish,
    subject: Subject,
    stage: Stage,
    rules: Rules,
    counted: Sequence[Entry],
    now: datetime,
) -> Draft:
    """Return an approval; with as many as the stage asks for, it brings the version into force.

    Args:
        wish: Of the approver.
        subject: The version, without a problem.
        stage: Where.
        rules: In force.
        counted: Approvals that count already.
        now: The instant of the decision.
    """
    registered = subject.description.registered
    names = [*(each.actor.name for each in counted), wish.actor.name]
    live: Mapping[str, Any] | None = None
    if len(names) >= stage.approvers:
        live = {
            "group": registered.group,
            "version": registered.version,
            "stage": stage.name,
            "since": instant_text(now),
            "evidence": subject.evidence,
            "model_digest": subject.model_digest,
            "model_uri": subject.description.model_uri,
            "use_case": subject.use_case,
            "pipeline": subject.pipeline,
            "segments": dict(subject.segments or {}),
            "approved_by": names,
            "registered": registered_facts(subject.description),
        }
    return Draft(
        at=now,
        action="approve",
        group=registered.group,
        version=registered.version,
        stage=stage.name,
        actor=wish.actor,
        evidence=subject.evidence,
        comment=wish.comment,
        justification=wish.justification,
        expires=None if stage.days is None else now + timedelta(days=stage.days),
        live=live,
        facts={
            "rules": rules.digest,
            "counted": [each.sequence for each in counted],
            "author": subject.author,
            "recommended": subject.recommended,
            "champion": subject.champion,
        },
    )


def rejection(wish: Wish, subject: Subject, stage: Stage, rules: Rules, now: datetime) -> Draft:
    """Return a rejection."""
    registered = subject.description.registered
    return Draft(
        at=now,
        action="reject",
        group=registered.group,
        version=registered.version,
        stage=stage.name,
        actor=wish.actor,
        evidence=wish.evidence,
        comment=wish.comment,
        facts={"rules": rules.digest},
    )


def rollback(
    before: InForce, replaced: int, actor: Person, comment: str, rules: Rules, now: datetime
) -> Draft:
    """Return a rollback to what was in force before, as a whole: one entry brings all of it back.

    Args:
        before: What comes back.
        replaced: The version that was in force.
        actor: Who.
        comment: Why.
        rules: In force.
        now: The instant of the decision.
    """
    entry = before.entry
    return Draft(
        at=now,
        action="rollback",
        group=entry.group,
        version=entry.version,
        stage=entry.stage,
        actor=actor,
        evidence=entry.evidence,
        comment=comment,
        live={**(entry.live or {}), "since": instant_text(now)},
        facts={"rules": rules.digest, "origin": before.origin, "replaced": replaced},
    )


def flag(
    actor: Person,
    subject: Subject,
    stage: Stage,
    rules: Rules,
    reasons: Sequence[str],
    now: datetime,
) -> Draft:
    """Return the note that a decision past the rules was seen and does not count."""
    registered = subject.description.registered
    return Draft(
        at=now,
        action="flag",
        group=registered.group,
        version=registered.version,
        stage=stage.name,
        actor=actor,
        evidence=subject.evidence,
        facts={"rules": rules.digest, "reasons": list(reasons)},
    )

"""Approvals that were made in the registry itself, taken up under the rules."""

from collections.abc import Callable, Sequence
from datetime import datetime

from penstock.approval import drafts
from penstock.approval.entries import Draft
from penstock.approval.notices import decided_versions
from penstock.approval.port import Decision, Person
from penstock.approval.reading import Reader
from penstock.approval.subject import Subject
from penstock.approval.writing import Writer
from penstock.errors import ApprovalError, Problem
from penstock.registry.port import Description


def reconcile(
    reader: Reader,
    writer: Writer,
    approve: Callable[[Subject, Person, str], Decision],
    *,
    group: str,
    stage: str,
    actor: Person | None,
    comment: str,
) -> Sequence[Decision]:
    """Make a decision of each approval that the registry alone knows; see `Approvals.reconcile`.

    Args:
        reader: The reading half.
        writer: The writing half.
        approve: Approves a version as somebody with a comment, under the rules.
        group: Model group.
        stage: The stage that the registry's status is about.
        actor: Who approved there; None: whom the registry names, with what they wrote.
        comment: What they wrote there.
    """
    made: list[Decision] = []
    for shown in _approved_elsewhere(reader, group, stage, actor):
        who = actor or _named(shown)
        subject = reader.subject(group, shown.registered.version)
        try:
            made.append(approve(subject, who, comment if actor else shown.status_comment))
        except ApprovalError as error:
            made.append(_flagged(reader, writer, subject, stage, who, error.problems))
    writer.tell(group, decided_versions(reader.states(), group))
    return made


def _flagged(
    reader: Reader,
    writer: Writer,
    subject: Subject,
    stage: str,
    actor: Person,
    problems: Sequence[Problem],
) -> Decision:
    reasons = [str(each) for each in problems]
    asked = reader.rules.stage(stage)

    def decide(now: datetime) -> Draft:
        untrusted = writer.untrusted(actor, now)
        if untrusted:
            raise ApprovalError(untrusted)
        return drafts.flag(actor, subject, asked, reader.rules, reasons, now)

    sentence = (
        f"{subject.name} was approved past the rules and is not live at {stage}: "
        f"{' '.join(reasons)}"
    )
    return writer.decision(writer.append(decide), sentence)


def _named(shown: Description) -> Person:
    return Person(shown.status_by, method="sagemaker")


def _approved_elsewhere(
    reader: Reader, group: str, stage: str, actor: Person | None
) -> Sequence[Description]:
    """Return versions that the registry calls approved and nobody approved here, oldest first.

    What is or was live anywhere is left out, and so is what the actor approved before: there the
    status may be an old mark of ours that could not be renewed.
    """
    states = reader.states()
    state = reader.state(group, stage)
    live = {
        version for (name, _), each in states.items() if name == group for version in each.were_live
    }
    found: list[Description] = []
    before: int | None = None
    while page := reader.registry.page(group, 200, before):
        for each in page:
            version = each.registered.version
            last = state.last.get(version)
            flagged = last is not None and last.action == "flag"
            before_now = {entry.actor.name for entry in state.approvals.get(version, ())}
            known = version in live or flagged or (actor or _named(each)).name in before_now
            if each.status == "approved" and not known:
                found.append(each)
        before = page[-1].registered.version
    return found[::-1]

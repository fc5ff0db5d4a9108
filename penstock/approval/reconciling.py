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


def reconcile(
    reader: Reader,
    writer: Writer,
    approve: Callable[[Subject], Decision],
    *,
    group: str,
    stage: str,
    actor: Person,
) -> Sequence[Decision]:
    """Make a decision of each approval that the registry alone knows; see `Approvals.reconcile`.

    Args:
        reader: The reading half.
        writer: The writing half.
        approve: Approves a version as `actor`, under the rules.
        group: Model group.
        stage: The stage that the registry's status is about.
        actor: Who approved there.
    """
    made: list[Decision] = []
    for version in _approved_elsewhere(reader, group, stage, actor):
        subject = reader.subject(group, version)
        try:
            made.append(approve(subject))
        except ApprovalError as error:
            made.append(_flagged(reader, writer, subject, stage, actor, error.problems))
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


def _approved_elsewhere(reader: Reader, group: str, stage: str, actor: Person) -> Sequence[int]:
    """Return versions that the registry calls approved and nobody approved here, oldest first.

    What is or was live anywhere is left out, and so is what the actor approved before: there the
    status may be an old mark of ours that could not be renewed.
    """
    states = reader.states()
    state = reader.state(group, stage)
    live = {
        version for (name, _), each in states.items() if name == group for version in each.were_live
    }
    found: list[int] = []
    before: int | None = None
    while page := reader.registry.page(group, 200, before):
        for each in page:
            version = each.registered.version
            last = state.last.get(version)
            flagged = last is not None and last.action == "flag"
            before_now = {entry.actor.name for entry in state.approvals.get(version, ())}
            known = version in live or flagged or actor.name in before_now
            if each.status == "approved" and not known:
                found.append(version)
        before = page[-1].registered.version
    return found[::-1]

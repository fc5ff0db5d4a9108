"""Decisions: the rules are asked, the ledger is appended to, the registry is told."""

from collections.abc import Sequence
from datetime import datetime

from penstock.approval import drafts, obstacles
from penstock.approval.checking import differences
from penstock.approval.entries import Draft
from penstock.approval.obstacles import Wish
from penstock.approval.port import Decision, Entry, Live, Person, Review
from penstock.approval.reading import Reader
from penstock.approval.reconciling import reconcile
from penstock.approval.registry_seal import RegistrySeal
from penstock.approval.rules import Stage
from penstock.approval.state import live_of
from penstock.approval.subject import Subject
from penstock.approval.words import normal
from penstock.approval.writing import Writer
from penstock.errors import ApprovalError, PenstockError, Problem, ServiceError


class LedgerApprovals:
    """See `Approvals`; opened by `penstock.approval.opening`.

    Args:
        reader: The reading half.
        writer: The writing half.
        seal: Of the registry's database; None where it is not one file of this machine.
    """

    def __init__(self, reader: Reader, writer: Writer, seal: RegistrySeal | None = None) -> None:
        self._reader = reader
        self._writer = writer
        self._seal = seal

    def groups(self) -> Sequence[str]:
        """See `Approvals.groups`."""
        return self._reader.registry.groups()

    def stages(self) -> Sequence[str]:
        """See `Approvals.stages`."""
        return [stage.name for stage in self._reader.rules.stages]

    def reviews(
        self, group: str, stage: str, *, limit: int = 50, before: int | None = None
    ) -> Sequence[Review]:
        """See `Approvals.reviews`."""
        return self._reader.reviews(group, stage, limit, before)

    def review(self, group: str, version: int, stage: str) -> Review:
        """See `Approvals.review`."""
        return self._reader.review(group, version, stage)

    def live(self, group: str, stage: str, at: datetime | None = None) -> Live | None:
        """See `Approvals.live`."""
        return self._reader.live(group, stage, at)

    def verified(self, group: str, stage: str) -> Live:
        """See `Approvals.verified`."""
        return self._reader.verified(group, stage)

    def history(self, group: str | None = None, stage: str | None = None) -> Sequence[Entry]:
        """See `Approvals.history`."""
        return self._reader.history(group, stage)

    def notices(self) -> Sequence[Problem]:
        """See `Approvals.notices`."""
        return [] if self._seal is None else self._seal.notices()

    def approve(
        self,
        group: str,
        version: int,
        stage: str,
        actor: Person,
        *,
        evidence: str,
        comment: str = "",
        justification: str = "",
    ) -> Decision:
        """See `Approvals.approve`."""
        wish = Wish(actor, evidence, normal(comment), normal(justification))
        asked, subject = self._asked(group, version, stage)

        def decide(now: datetime) -> Draft:
            state = self._reader.state(group, stage)
            earlier = self._reader.earlier(group, asked)
            _refuse(
                [
                    *obstacles.of_version(subject, asked, state, earlier, now),
                    *obstacles.of_approval(wish, subject, asked, state, now),
                    *self._writer.untrusted(actor, now),
                ]
            )
            counted = state.counting(version, subject.evidence, now)
            return drafts.approval(wish, subject, asked, self._reader.rules, counted, now)

        entry = self._writer.append(decide)
        return self._writer.decision(entry, _approved_sentence(entry, asked))

    def reject(
        self, group: str, version: int, stage: str, actor: Person, *, evidence: str, comment: str
    ) -> Decision:
        """See `Approvals.reject`."""
        wish = Wish(actor, evidence, normal(comment))
        asked, subject = self._asked(group, version, stage)

        def decide(now: datetime) -> Draft:
            state = self._reader.state(group, stage)
            standing = state.standing(version, subject.evidence, now)
            _refuse(
                [
                    *obstacles.of_rejection(wish, subject, asked, standing),
                    *self._writer.untrusted(actor, now),
                ]
            )
            return drafts.rejection(wish, subject, asked, self._reader.rules, now)

        entry = self._writer.append(decide)
        return self._writer.decision(entry, f"{subject.name} is rejected at {stage}, for good.")

    def rollback(self, group: str, stage: str, actor: Person, *, comment: str) -> Decision:
        """See `Approvals.rollback`."""
        asked, told = self._reader.rules.stage(stage), normal(comment)

        def decide(now: datetime) -> Draft:
            state = self._reader.state(group, stage)
            before = state.before()
            problems = [
                *obstacles.of_rollback(actor, told, asked, group, has_before=before is not None),
                *self._writer.untrusted(actor, now),
            ]
            if before is not None:
                entry = before.entry
                problems += differences(self._reader.registry, live_of(entry), entry)
            _refuse(problems)
            assert before is not None  # noqa: S101  # refused in the line above
            return drafts.rollback(before, state.live_version, actor, told, self._reader.rules, now)

        entry = self._writer.append(decide)
        sentence = (
            f"{group}/{entry.version} is live at {stage} again, with its settings and pipeline; "
            f"{group}/{entry.facts['replaced']} is not any more."
        )
        return self._writer.decision(entry, sentence)

    def reconcile(
        self, group: str, stage: str, actor: Person | None = None, *, comment: str = ""
    ) -> Sequence[Decision]:
        """See `Approvals.reconcile`."""
        self._reader.rules.stage(stage)

        def take_up(subject: Subject, who: Person, words: str) -> Decision:
            return self.approve(
                group,
                subject.description.registered.version,
                stage,
                who,
                evidence=subject.evidence,
                comment=words,
                justification=words,
            )

        return reconcile(
            self._reader,
            self._writer,
            take_up,
            group=group,
            stage=stage,
            actor=actor,
            comment=comment,
        )

    def _asked(self, group: str, version: int, stage: str) -> tuple[Stage, Subject]:
        """Return stage and version; what of both is unknown is told at once."""
        problems: list[Problem] = []
        asked = subject = None
        try:
            asked = self._reader.rules.stage(stage)
        except PenstockError as error:
            problems += error.problems
        try:
            subject = self._reader.subject(group, version)
        except (ApprovalError, ServiceError):
            raise
        except PenstockError as error:
            problems += error.problems
        if asked is None or subject is None:
            raise ApprovalError(problems)
        return asked, subject


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise ApprovalError(problems)


def _approved_sentence(entry: Entry, stage: Stage) -> str:
    name = f"{entry.group}/{entry.version}"
    if entry.live is not None:
        return f"{name} is live at {stage.name} from now on."
    have = len(entry.facts["counted"]) + 1
    until = f" until {entry.expires:%Y-%m-%d %H:%M} UTC" if entry.expires else ""
    return (
        f"{name} has {have} of {stage.approvers} approvals at {stage.name}; this one "
        f"counts{until}. Somebody else has to approve it too."
    )

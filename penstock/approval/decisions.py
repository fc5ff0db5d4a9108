"""Decisions: the rules are asked, the ledger is appended to, the registry is told."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from penstock.approval import drafts, obstacles
from penstock.approval.chain import head_of
from penstock.approval.checking import differences
from penstock.approval.entries import Draft, signed
from penstock.approval.ledger.port import HeadMovedError, Ledger
from penstock.approval.notices import decided_versions, tell
from penstock.approval.obstacles import Wish
from penstock.approval.port import Decision, Entry, Live, Person, Review
from penstock.approval.reading import Reader
from penstock.approval.rules import Stage
from penstock.approval.signing.port import Signer
from penstock.approval.signing.trust import Trust
from penstock.approval.state import live_of
from penstock.approval.subject import Subject
from penstock.approval.words import normal
from penstock.errors import ApprovalError, PenstockError, Problem, ServiceError

CLOCK_TOLERANCE = timedelta(seconds=5)
"""How far a clock may be behind the ledger's last entry; its time is taken then."""

_TRIES = 20


class LedgerApprovals:
    """See `Approvals`; opened by `penstock.approval.opening`.

    Args:
        reader: The reading half.
        ledger: Where decisions are appended.
        signer: Signs them.
        trust: Gives the keys that count.
    """

    def __init__(
        self, reader: Reader, ledger: Ledger, signer: Signer, trust: Callable[[], Trust]
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._signer = signer
        self._trust = trust

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
                    *self._untrusted(actor, now),
                ]
            )
            counted = state.counting(version, now)
            return drafts.approval(wish, subject, asked, self._reader.rules, counted, now)

        entry = self._append(decide)
        return self._decision(entry, _approved_sentence(entry, asked))

    def reject(
        self, group: str, version: int, stage: str, actor: Person, *, evidence: str, comment: str
    ) -> Decision:
        """See `Approvals.reject`."""
        wish = Wish(actor, evidence, normal(comment))
        asked, subject = self._asked(group, version, stage)

        def decide(now: datetime) -> Draft:
            standing = self._reader.state(group, stage).standing(version, now)
            _refuse(
                [
                    *obstacles.of_rejection(wish, subject, asked, standing),
                    *self._untrusted(actor, now),
                ]
            )
            return drafts.rejection(wish, subject, asked, self._reader.rules, now)

        entry = self._append(decide)
        return self._decision(entry, f"{subject.name} is rejected at {stage}, for good.")

    def rollback(self, group: str, stage: str, actor: Person, *, comment: str) -> Decision:
        """See `Approvals.rollback`."""
        asked, told = self._reader.rules.stage(stage), normal(comment)

        def decide(now: datetime) -> Draft:
            state = self._reader.state(group, stage)
            before = state.before()
            problems = [
                *obstacles.of_rollback(actor, told, asked, group, has_before=before is not None),
                *self._untrusted(actor, now),
            ]
            if before is not None:
                entry = before.entry
                problems += differences(self._reader.registry, live_of(entry), entry)
            _refuse(problems)
            assert before is not None  # noqa: S101  # refused in the line above
            return drafts.rollback(before, state.live_version, actor, told, self._reader.rules, now)

        entry = self._append(decide)
        sentence = (
            f"{group}/{entry.version} is live at {stage} again, with its settings and pipeline; "
            f"{group}/{entry.facts['replaced']} is not any more."
        )
        return self._decision(entry, sentence)

    def reconcile(
        self, group: str, stage: str, actor: Person, *, comment: str = ""
    ) -> Sequence[Decision]:
        """See `Approvals.reconcile`."""
        asked = self._reader.rules.stage(stage)
        made: list[Decision] = []
        for version in self._approved_elsewhere(group, stage, actor):
            subject = self._reader.subject(group, version)
            try:
                made.append(
                    self.approve(
                        group,
                        version,
                        stage,
                        actor,
                        evidence=subject.evidence,
                        comment=comment,
                        justification=comment,
                    )
                )
            except ApprovalError as error:
                made.append(self._flag(subject, asked, actor, error.problems))
        states = self._reader.states()
        tell(self._reader.registry, states, group, decided_versions(states, group))
        return made

    def _flag(
        self, subject: Subject, stage: Stage, actor: Person, problems: Sequence[Problem]
    ) -> Decision:
        reasons = [str(each) for each in problems]

        def decide(now: datetime) -> Draft:
            _refuse(self._untrusted(actor, now))
            return drafts.flag(actor, subject, stage, self._reader.rules, reasons, now)

        sentence = (
            f"{subject.name} was approved past the rules and is not live at {stage.name}: "
            f"{' '.join(reasons)}"
        )
        return self._decision(self._append(decide), sentence)

    def _approved_elsewhere(self, group: str, stage: str, actor: Person) -> Sequence[int]:
        """Return versions that the registry calls approved and nobody approved here, oldest first.

        What was live here before is left out: its mark may be an old one that could not be renewed.
        """
        state = self._reader.state(group, stage)
        found: list[int] = []
        before: int | None = None
        while page := self._reader.registry.page(group, 200, before):
            for each in page:
                version = each.registered.version
                last = state.last.get(version)
                known = last is not None and (last.action == "flag" or last.actor == actor)
                if each.status == "approved" and version not in state.were_live and not known:
                    found.append(version)
            before = page[-1].registered.version
        return found[::-1]

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
        except ApprovalError:
            raise
        except ServiceError:
            raise
        except PenstockError as error:
            problems += error.problems
        if asked is None or subject is None:
            raise ApprovalError(problems)
        return asked, subject

    def _untrusted(self, actor: Person, now: datetime) -> Sequence[Problem]:
        refusal = self._trust().refusal(self._signer.key, now, actor.name)
        if not refusal:
            return []
        where = self._reader.rules.file
        remedy = "Decide where a trusted key is, or let it be added to the rules' keys."
        return [Problem(f"the decision cannot be signed: {refusal}.", where, remedy)]

    def _append(self, decide: Callable[[datetime], Draft]) -> Entry:
        """Append what is decided; decide anew if another decision was faster."""
        for _ in range(_TRIES):
            entries = self._reader.entries()
            head = head_of(entries)
            draft = decide(self._now(entries))
            try:
                self._ledger.append(signed(draft, head, self._signer), head)
            except HeadMovedError:
                continue
            return self._reader.entries()[head.sequence]
        what = "others decide all the time; nothing was decided."
        raise ServiceError(Problem(what, self._ledger.address, "Try again."))

    def _now(self, entries: Sequence[Entry]) -> datetime:
        now = self._reader.clock()
        last = entries[-1].at if entries else now
        if now < last - CLOCK_TOLERANCE:
            what = (
                f"the clock of this machine runs behind: it says {now.isoformat()}, and entry "
                f"{len(entries)} of the ledger was made at {last.isoformat()}."
            )
            raise ApprovalError(Problem(what, remedy="Set the clock, and decide again."))
        return max(now, last)

    def _decision(self, entry: Entry, sentence: str) -> Decision:
        states = self._reader.states()
        state = states[entry.group, entry.stage]
        told: Iterable[int] = {entry.version, *(each.entry.version for each in state.states[-2:])}
        told = {*told, int(entry.facts.get("replaced", entry.version))}
        problems = tell(self._reader.registry, states, entry.group, told)
        if problems:
            reasons = " ".join(map(str, problems))
            sentence += f" The registry could not be told, and will be by the next call: {reasons}"
        standing = state.standing(entry.version, entry.at)
        return Decision(entry, standing, sentence)


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

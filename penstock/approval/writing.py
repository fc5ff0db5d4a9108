"""Puts a decision into the ledger, and tells the registry of it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from penstock.approval.chain import head_of
from penstock.approval.entries import Draft, signed
from penstock.approval.ledger.port import HeadMovedError, Ledger
from penstock.approval.notices import tell
from penstock.approval.port import Decision, Entry, Person
from penstock.approval.reading import Reader
from penstock.approval.registry_seal import RegistrySeal
from penstock.approval.signing.port import Signer
from penstock.approval.signing.trust import Trust
from penstock.errors import ApprovalError, Problem, ServiceError

CLOCK_TOLERANCE = timedelta(seconds=5)
"""How far a clock may be behind the ledger's last entry; its time is taken then."""

_TRIES = 20


class Writer:
    """The writing half of `Approvals`.

    Args:
        reader: The reading half.
        ledger: Where decisions are appended.
        signer: Signs them.
        trust: Gives the keys that count.
        seal: Of the registry's database; None where it is not one file of this machine.
    """

    def __init__(
        self,
        reader: Reader,
        ledger: Ledger,
        signer: Signer,
        trust: Callable[[], Trust],
        seal: RegistrySeal | None = None,
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._signer = signer
        self._trust = trust
        self._seal = seal

    def untrusted(self, actor: Person, now: datetime) -> Sequence[Problem]:
        """Return why no decision of a person can be signed here; empty where it can."""
        refusal = self._trust().refusal(self._signer.key, now, actor.name)
        if not refusal:
            return []
        where = self._reader.rules.file
        remedy = "Decide where a trusted key is, or let it be added to the rules' keys."
        return [Problem(f"the decision cannot be signed: {refusal}.", where, remedy)]

    def append(self, decide: Callable[[datetime], Draft]) -> Entry:
        """Append what is decided; decide anew if another decision was faster.

        Args:
            decide: Is given the instant, and raises `ApprovalError` where a rule forbids it.
        """
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

    def decision(self, entry: Entry, sentence: str) -> Decision:
        """Tell the registry of an entry; return what came of it."""
        state = self._reader.states()[entry.group, entry.stage]
        told = {entry.version, *(each.entry.version for each in state.states[-2:])}
        told.add(int(entry.facts.get("replaced", entry.version)))
        problems = self.tell(entry.group, told)
        if problems:
            reasons = " ".join(map(str, problems))
            sentence += f" The registry could not be told, and will be by the next call: {reasons}"
        standing = state.standing(entry.version, entry.evidence, entry.at)
        return Decision(entry, standing, sentence)

    def tell(self, group: str, versions: Iterable[int]) -> Sequence[Problem]:
        """Tell the registry where versions stand; return why it could not be told."""
        problems = tell(self._reader.registry, self._reader.states(), group, versions)
        if self._seal is not None:
            self._seal.renew(self._reader.clock())
        return problems

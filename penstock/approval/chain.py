"""The ledger's entries, verified: each signed by a trusted key, in order, nothing left out."""

from collections.abc import Callable, Sequence

from penstock.approval.entries import entry_of
from penstock.approval.ledger.port import NOTHING, Head, Ledger
from penstock.approval.port import Entry
from penstock.approval.signing.trust import Trust
from penstock.errors import ApprovalError, Problem
from penstock.evidence.canonical import digest_of


class Chain:
    """Reads a ledger. What was verified once is known by its digest and not verified again.

    Args:
        ledger: The records.
        trust: Gives the keys that count; asked when there is something to verify.
    """

    def __init__(self, ledger: Ledger, trust: Callable[[], Trust]) -> None:
        self._ledger = ledger
        self._trust = trust
        self._known: dict[str, Entry] = {}
        self._last: tuple[Sequence[bytes], Sequence[Entry]] = ((), ())

    def entries(self) -> Sequence[Entry]:
        """Return every entry, oldest first.

        Raises:
            ApprovalError: An entry is wrong; the first is named.
            ServiceError: The ledger cannot be reached.
        """
        records = self._ledger.records()
        if records is self._last[0]:
            return self._last[1]
        found: list[Entry] = []
        for number, record in enumerate(records, 1):
            try:
                entry = self._known.get(digest_of(record)) or entry_of(record)
                self._check(entry, number, found[-1] if found else None)
            except ValueError as error:
                raise ApprovalError(
                    Problem(
                        f"entry {number} of the ledger does not hold: {error}.",
                        self._ledger.address,
                        _remedy(number),
                    )
                ) from error
            found.append(entry)
        self._known = {entry.digest: entry for entry in found}
        self._last = (records, tuple(found))
        return self._last[1]

    def _check(self, entry: Entry, number: int, before: Entry | None) -> None:
        if entry.sequence != number:
            raise ValueError(f"it says that it is entry {entry.sequence}")
        if entry.previous != (before.digest if before else NOTHING):
            raise ValueError("it does not name the entry before")
        if before is not None and entry.at < before.at:
            raise ValueError("it is older than the entry before")
        if entry.digest not in self._known:
            refusal = self._trust().refusal(entry.key, entry.at, entry.actor.name)
            if refusal:
                raise ValueError(refusal)


def head_of(entries: Sequence[Entry]) -> Head:
    """Return the end of the ledger that entries were read from."""
    return Head(entries[-1].sequence, entries[-1].digest) if entries else Head()


def _remedy(number: int) -> str:
    trusted = f"the entries up to {number - 1} hold" if number > 1 else "no entry holds"
    return f"Restore the ledger and the keys from a backup; {trusted}."

"""What follows from the entries of a ledger: a fold, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from penstock.approval.entries import read_instant
from penstock.approval.port import Entry, Live, Standing


@dataclass(frozen=True, slots=True)
class InForce:
    """Something that is, or was, in force.

    Attributes:
        origin: Number of the entry by which it came into force for the first time.
        entry: By which it is in force: that one, or the rollback that brought it back.
    """

    origin: int
    entry: Entry


@dataclass(slots=True)
class StageState:
    """Where the versions of a group stand at a stage.

    Attributes:
        states: What was in force, one above the other; the last one is.
        approvals: By version, those that have not brought it into force.
        rejected: Versions.
        were_live: By version that is or was in force, the digests of its evidence at that time.
        last: By version, the last entry about it.
    """

    states: list[InForce] = field(default_factory=list)
    approvals: dict[int, list[Entry]] = field(default_factory=dict)
    rejected: set[int] = field(default_factory=set)
    were_live: dict[int, set[str]] = field(default_factory=dict)
    last: dict[int, Entry] = field(default_factory=dict)

    @property
    def live_version(self) -> int:
        """The version in force; 0: none."""
        return self.states[-1].entry.version if self.states else 0

    def live(self) -> Live | None:
        """Return what is in force."""
        return live_of(self.states[-1].entry) if self.states else None

    def before(self) -> InForce | None:
        """Return what a rollback brings back: the last state before whose version was not rejected.

        A state of the version that is in force is none to go back to.
        """
        for state in reversed(self.states[:-1]):
            version = state.entry.version
            if version not in self.rejected and version != self.live_version:
                return state
        return None

    def counting(self, version: int, evidence: str, now: datetime) -> Sequence[Entry]:
        """Return the approvals of a version that count, oldest first.

        A registry that was set up anew gives its numbers to other bytes, so an approval counts for
        the evidence that it names and for no other.
        """
        return [
            each
            for each in self.approvals.get(version, ())
            if each.evidence == evidence and (each.expires is None or each.expires > now)
        ]

    def standing(self, version: int, evidence: str, now: datetime) -> Standing:
        """Return where a version with this evidence stands."""
        last = self.last.get(version)
        if version == self.live_version:
            return "live"
        if version in self.rejected:
            return "rejected"
        if last is not None and last.action == "flag":
            return "flagged"
        if version in self.were_live:
            return "approved"
        if version < self.live_version:
            return "superseded"
        return "waiting" if self.counting(version, evidence, now) else "pending"

    def add(self, entry: Entry) -> None:
        """Take the next entry about this group and stage into account."""
        if entry.action != "seal":
            self.last[entry.version] = entry
        if entry.action == "reject":
            self.rejected.add(entry.version)
            self.approvals.pop(entry.version, None)
        elif entry.action == "rollback":
            origin = int(entry.facts["origin"])
            while self.states and self.states[-1].origin != origin:
                self.states.pop()
            self.states[-1:] = [InForce(origin, entry)]
        elif entry.action == "approve" and entry.live is not None:
            self.states.append(InForce(entry.sequence, entry))
            self.were_live.setdefault(entry.version, set()).add(entry.evidence)
            self.approvals.pop(entry.version, None)
        elif entry.action == "approve":
            self.approvals.setdefault(entry.version, []).append(entry)


States = Mapping[tuple[str, str], StageState]
"""By group and stage."""


def fold(entries: Iterable[Entry]) -> States:
    """Return where everything stands after entries, oldest first."""
    states: dict[tuple[str, str], StageState] = {}
    for entry in entries:
        states.setdefault((entry.group, entry.stage), StageState()).add(entry)
    return states


def live_of(entry: Entry) -> Live:
    """Return what an entry brought into force.

    Raises:
        ValueError: It brought nothing into force.
    """
    if not entry.live:
        raise ValueError("nothing came into force by this entry")
    told: Mapping[str, Any] = entry.live
    return Live(
        group=told["group"],
        version=told["version"],
        stage=told["stage"],
        since=read_instant(told["since"]),
        evidence=told["evidence"],
        model_digest=told["model_digest"],
        model_uri=told["model_uri"],
        use_case=told["use_case"],
        pipeline=told["pipeline"],
        segments=told["segments"],
        approved_by=tuple(told["approved_by"]),
        entry=entry.sequence,
    )

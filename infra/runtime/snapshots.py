"""The snapshots that a table's metadata lists, and whether one follows another.

It refuses what the engine refuses before an execution starts; a test holds the two together. What
only data files tell (rows deleted since) the step that reads refuses. Source:
https://iceberg.apache.org/spec/#snapshots
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.runtime.errors import Refused

_FULL_READ = "Read the whole table instead (--window all)."
_SAME_ROWS = "replace"
"""The operation of compaction: files are others, and the table's rows are what they were."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Those of one table that have not expired.

    Attributes:
        current: Id of the current one.
        by_id: What the metadata tells of each.
        last_number: The highest sequence number; 0: the table's format counts none.
    """

    current: str
    by_id: Mapping[str, Mapping[str, Any]]
    last_number: int

    def check_follows(self, since: str, snapshot: str, where: str) -> None:
        """Refuse an increment whose end does not follow its beginning.

        Where expired snapshots cut the chain between them, the step that reads decides.

        Args:
            since: Id of the last snapshot that was seen.
            snapshot: Id of the one that is read.
            where: Address of the table, for messages.

        Raises:
            Refused: One of them is not there, or the former is no ancestor of the latter.
        """
        for each, remedy in (
            (snapshot, "Read a snapshot that is there."),
            (since, _FULL_READ),
        ):
            if each not in self.by_id:
                raise Refused(f"there is no snapshot {each}: {self._why_missing()}.", where, remedy)
        if self._is_ancestor(since, snapshot) is not False:
            return
        ids = f"{since} is no ancestor of {snapshot}"
        if self._is_ancestor(snapshot, since):
            what = f"snapshot {ids} but follows it: the table was rolled back, or an old snapshot "
            what += "named"
        else:
            what = f"snapshot {ids}: the table was rolled back, or they are of two branches"
        raise Refused(f"{what}; what was added cannot be told.", where, _FULL_READ)

    def same_rows(self, since: str, snapshot: str) -> bool:
        """Return whether a snapshot surely holds the rows of an earlier one, and no others."""
        line = self._line(snapshot)
        if since not in line:
            return False
        between = line[: line.index(since)]
        return all(
            (self.by_id[each].get("summary") or {}).get("operation") == _SAME_ROWS
            for each in between
        )

    def _is_ancestor(self, ancestor: str, snapshot: str) -> bool | None:
        """Tell whether one is or follows the other; None: expired ones cut the chain."""
        line = self._line(snapshot)
        if ancestor in line:
            return True
        last = self.by_id[line[-1]]
        is_cut = _parent(last) is not None or _order(last)[0] > 1
        return None if is_cut and _order(self.by_id[ancestor]) < _order(last) else False

    def _line(self, snapshot: str) -> Sequence[str]:
        """Return a snapshot and its ancestors as far as they are there, the newest first."""
        line: list[str] = []
        step: str | None = snapshot
        while step is not None and step in self.by_id and step not in line:
            line.append(step)
            step = _parent(self.by_id[step])
        return line

    def _why_missing(self) -> str:
        numbers = {_order(each)[0] for each in self.by_id.values()}
        expired = self.last_number == 0 or not numbers.issuperset(range(1, self.last_number + 1))
        if expired:
            return "it has expired, or the table was dropped and made again"
        return (
            "no snapshot of this table has expired, so it is of another table, or the table was "
            "dropped and made again"
        )


def snapshots_of(metadata: Mapping[str, Any], where: str) -> Snapshots:
    """Return what metadata tells of a table's snapshots.

    Args:
        metadata: Of the table, as its JSON is.
        where: Address of the table, for messages.

    Raises:
        Refused: Nothing was ever committed to it.
    """
    current = metadata.get("current-snapshot-id")
    # Version 1 of the format writes -1.
    if current in (None, -1):
        what = "the table holds no rows yet."
        raise Refused(what, where, "Append a batch first (pipeline data new-batch).")
    listed = {str(each["snapshot-id"]): each for each in metadata.get("snapshots") or ()}
    return Snapshots(str(current), listed, int(metadata.get("last-sequence-number") or 0))


def _parent(snapshot: Mapping[str, Any]) -> str | None:
    found = snapshot.get("parent-snapshot-id")
    return None if found is None else str(found)


def _order(snapshot: Mapping[str, Any]) -> tuple[int, int]:
    return int(snapshot.get("sequence-number") or 0), int(snapshot.get("timestamp-ms") or 0)

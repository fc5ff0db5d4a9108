"""Finds snapshots of a table, by id or time, and tells whether one follows another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

FULL_READ = "Read the whole table instead (--window all)."


def find_snapshot(table: Table, identity: str, where: str, option: str = "snapshot") -> Snapshot:
    """Return a snapshot of a table by its id.

    Args:
        table: The table.
        identity: The id, as text.
        where: The address, for messages.
        option: What the id was given as: `snapshot` or `since`.

    Raises:
        DataError: It is no id, has expired, or is of another table.
    """
    remedy = FULL_READ if option == "since" else "Read a snapshot that is there."
    if not identity.isdecimal():
        raise DataError(
            Problem(f"{option}={identity!r} is no snapshot id.", where, "Give its number.")
        )
    snapshot = table.metadata.snapshot_by_id(int(identity))
    if snapshot is None:
        why = (
            "it has expired, or the table was dropped and made again"
            if _something_expired(table)
            else "no snapshot of this table has expired, so it is of another table, or the table "
            "was dropped and made again"
        )
        raise DataError(Problem(f"there is no snapshot {identity}: {why}.", where, remedy))
    return snapshot


def chosen_snapshots(table: Table, address: Address) -> tuple[Snapshot | None, Snapshot | None]:
    """Return the snapshot that an address reads and the one it reads from, if any.

    Without `snapshot=` it reads the current one; None: nothing was ever committed.

    Raises:
        DataError: One of them is not there, or the latter is no ancestor of the former.
    """
    where, options = str(address), address.options
    snapshot = table.metadata.current_snapshot()
    if options.get("snapshot"):
        snapshot = find_snapshot(table, options["snapshot"], where)
    since = None
    if options.get("since"):
        since = find_snapshot(table, options["since"], where, "since")
        if snapshot is not None:
            check_ancestor(table, since, snapshot, where)
    return snapshot, since


def schema_at(table: Table, snapshot: Snapshot | None) -> Schema:
    """Return the columns that a table had at a snapshot."""
    if snapshot is None or snapshot.schema_id is None:
        return table.schema()
    return table.schemas()[snapshot.schema_id]


def snapshot_at(table: Table, as_of: str, where: str) -> Snapshot:
    """Return the snapshot that was current at a time, or that has the id `as_of`.

    Args:
        table: The table.
        as_of: A snapshot id, or an ISO 8601 time; without a zone it is UTC.
        where: The address, for messages.

    Raises:
        DataError: It is neither, no snapshot is that old, or the one of that time has expired.
    """
    if as_of.isdecimal() and table.metadata.snapshot_by_id(int(as_of)) is not None:
        return find_snapshot(table, as_of, where)
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        if as_of.isdecimal():
            return find_snapshot(table, as_of, where)
        raise DataError(
            Problem(
                f"{as_of!r} is neither a snapshot id nor a time.",
                where,
                "Give an id, or a time such as 2018-08-15T06:00:00Z.",
            )
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    milliseconds = int(moment.timestamp() * 1000)
    for entry in reversed(table.metadata.snapshot_log):
        if entry.timestamp_ms <= milliseconds:
            return find_snapshot(table, str(entry.snapshot_id), where)
    log = table.metadata.snapshot_log
    oldest = f"the oldest is of {_text(log[0].timestamp_ms)}" if log else "there is none at all"
    expired = ", and older ones have expired" if log and _something_expired(table) else ""
    raise DataError(
        Problem(
            f"no snapshot is as old as {_text(milliseconds)}: {oldest}{expired}.",
            where,
            "Give a later time.",
        )
    )


def check_ancestor(table: Table, since: Snapshot, snapshot: Snapshot, where: str) -> None:
    """Refuse an increment between snapshots of which one does not follow the other.

    Where expired snapshots cut the chain between them, their live files decide.

    Raises:
        DataError: `since` is no ancestor of `snapshot`.
    """
    if is_ancestor(table, since, snapshot) is not False:
        return
    ids = f"{since.snapshot_id} is no ancestor of {snapshot.snapshot_id}"
    if is_ancestor(table, snapshot, since):
        what = f"snapshot {ids} but follows it: the table was rolled back, or an old snapshot named"
    else:
        what = f"snapshot {ids}: the table was rolled back, or they are of two branches"
    raise DataError(Problem(f"{what}; what was added cannot be told.", where, FULL_READ))


def is_ancestor(table: Table, ancestor: Snapshot, snapshot: Snapshot) -> bool | None:
    """Tell whether `snapshot` is or follows `ancestor`; None: expired ones cut the chain."""
    by_id = {each.snapshot_id: each for each in table.metadata.snapshots}
    step: Snapshot | None = snapshot
    while step is not None:
        if step.snapshot_id == ancestor.snapshot_id:
            return True
        last = step
        step = by_id.get(step.parent_snapshot_id) if step.parent_snapshot_id else None
    cut = last.parent_snapshot_id is not None or (last.sequence_number or 0) > 1
    return None if cut and _order(ancestor) < _order(last) else False


def time_of(snapshot: Snapshot) -> str:
    """Return when a snapshot was committed, ISO 8601 in UTC."""
    return _text(snapshot.timestamp_ms)


def _text(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _order(snapshot: Snapshot) -> tuple[int, int]:
    return snapshot.sequence_number or 0, snapshot.timestamp_ms


def _something_expired(table: Table) -> bool:
    """Tell whether a snapshot may have expired: a number of the sequence is missing.

    Tables of format version 1 do not count, so there it may always be.
    """
    there = {snapshot.sequence_number for snapshot in table.metadata.snapshots}
    last = table.last_sequence_number
    return last == 0 or not there.issuperset(range(1, last + 1))

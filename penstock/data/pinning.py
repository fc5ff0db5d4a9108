"""Writes snapshots into the address of a source before a run starts.

So a run, its resumption and its repetition read the same rows, whatever is committed meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock.data.address import Address, parse_address
from penstock.data.lineage import Lineage
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from pyiceberg.table import Table

SNAPSHOT_SCHEMES = ("iceberg+sqlite", "iceberg+glue", "iceberg+rest")
_NO_SUCH_TABLE_YET = "Append a batch first (pipeline data new-batch)."


@dataclass(frozen=True, slots=True)
class Pinned:
    """A source whose address says which rows are read.

    Attributes:
        uri: The address with `snapshot=` and, of an increment, `since=`.
        lineage: Table and snapshots; what a reader finds in the rows is not filled in.
        is_empty_increment: Whether the same rows are live at both snapshots, so that nothing is to
            be read. Where files were rewritten since, only reading tells; then it is False.
    """

    uri: str
    lineage: Lineage
    is_empty_increment: bool = False


def table_uri(uri: str) -> str:
    """Return the address of a source without its snapshots, as `Lineage.table` names it."""
    address = parse_address(uri)
    if address.scheme not in SNAPSHOT_SCHEMES:
        return uri
    from penstock.data.iceberg.naming import without_reading_options

    return str(without_reading_options(address))


def pin(uri: str, *, since: str = "", as_of: str = "") -> Pinned:
    """Resolve which snapshot of a source is read, and write it into the address.

    Args:
        uri: Address of a source; snapshots in it stay where the arguments name no others.
        since: Snapshot id after which rows are wanted.
        as_of: Snapshot id, or ISO 8601 time (UTC where it has no zone): the newest snapshot at or
            before it. Without it, the current one.

    Returns:
        The address and what is known of the rows; of a store without snapshots, the address as it
        is.

    Raises:
        DataError: The store has no snapshots but one is asked for, a snapshot is not there, `since`
            is no ancestor, rows were surely deleted since, or the table holds no snapshot yet.
        ServiceError: The catalog refused or could not be reached.
    """
    address = parse_address(uri)
    if address.scheme not in SNAPSHOT_SCHEMES:
        _refuse_snapshots(uri, since, as_of)
        return Pinned(uri, Lineage(uri))
    from penstock.data.iceberg.catalog import load_table, opened_catalog
    from penstock.data.iceberg.naming import READING_OPTIONS, check_options

    check_options(address, *READING_OPTIONS)
    with opened_catalog(address) as catalog:
        return _pin_table(load_table(catalog, address), address, since, as_of)


def _pin_table(table: Table, address: Address, since: str, as_of: str) -> Pinned:
    from penstock.data.iceberg.live import difference, live_files
    from penstock.data.iceberg.naming import without_reading_options
    from penstock.data.iceberg.snapshots import chosen_snapshots, snapshot_at, time_of
    from penstock.data.sources.iceberg.increment import check_not_lost

    where = str(address)
    options = dict(address.options)
    if as_of:
        options["snapshot"] = str(snapshot_at(table, as_of, where).snapshot_id)
    if since:
        options["since"] = since
    snapshot, earlier = chosen_snapshots(table, replace(address, options=options))
    if snapshot is None:
        raise DataError(Problem("the table holds no rows yet.", where, _NO_SUCH_TABLE_YET))
    options["snapshot"] = str(snapshot.snapshot_id)
    is_empty = False
    if earlier is not None:
        changed = difference(live_files(table, earlier), live_files(table, snapshot))
        check_not_lost(changed, where)
        is_empty = changed.is_empty
    lineage = Lineage(
        str(without_reading_options(address)),
        snapshot_from=str(earlier.snapshot_id) if earlier else "",
        snapshot_to=str(snapshot.snapshot_id),
        snapshot_time=time_of(snapshot),
    )
    return Pinned(str(replace(address, options=options)), lineage, is_empty)


def _refuse_snapshots(uri: str, since: str, as_of: str) -> None:
    problems = [
        Problem(
            f"{name} was given, but only Iceberg tables keep snapshots.",
            uri,
            "Leave it away, or read an Iceberg table (iceberg+sqlite://, ...).",
        )
        for name, given in (("since", since), ("as-of", as_of))
        if given
    ]
    if problems:
        raise DataError(problems)

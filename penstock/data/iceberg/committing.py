"""Commits to a table, one at a time with those of others, each once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from penstock.data.iceberg.catalog import pause
from penstock.data.iceberg.writing import discard

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.catalog import Catalog
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table

ATTEMPTS = 12
"""Commits tried before the others are too many; they take about 20 seconds."""
TABLE_PROPERTIES = {
    "write.parquet.compression-codec": "zstd",
    "commit.manifest-merge.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
}
"""Of tables that we make: planning and metadata stay small over years of daily commits."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit does.

    Attributes:
        added: Data files that are live after it.
        removed: Data files that are live before it and not after.
        summary: Properties of the snapshot.
        properties: Of the snapshot's id, the properties of the table to set with it.
    """

    added: Sequence[DataFile]
    removed: Sequence[DataFile] = ()
    summary: Mapping[str, str] = field(default_factory=dict)
    properties: Callable[[int], Mapping[str, str]] = lambda _: {}


def open_or_make_table(
    catalog: Catalog,
    identifier: tuple[str, ...],
    columns: pa.Schema,
    *,
    partition_by: str = "",
    properties: Mapping[str, str] | None = None,
) -> Table:
    """Return a table, made if it is not there; another process may make it at the same time.

    Args:
        catalog: Its catalog.
        identifier: Namespace and name.
        columns: Of a new table.
        partition_by: Column by whose values a new table is partitioned.
        properties: Of a new table, beside `TABLE_PROPERTIES`.
    """
    from pyiceberg.exceptions import (
        CommitFailedException,
        NamespaceAlreadyExistsError,
        NoSuchNamespaceError,
        NoSuchTableError,
        TableAlreadyExistsError,
    )
    from pyiceberg.transforms import IdentityTransform
    from sqlalchemy.exc import IntegrityError

    try:
        return catalog.load_table(identifier)
    except (NoSuchTableError, NoSuchNamespaceError):
        pass
    try:
        # Who may make tables in a namespace need not be somebody who may make namespaces.
        catalog.load_namespace_properties(identifier[:-1])
    except NoSuchNamespaceError:
        with contextlib.suppress(NamespaceAlreadyExistsError, IntegrityError):
            catalog.create_namespace(identifier[:-1])
    with contextlib.suppress(TableAlreadyExistsError, CommitFailedException):
        making = catalog.create_table_transaction(
            identifier, schema=columns, properties={**TABLE_PROPERTIES, **(properties or {})}
        )
        with making:
            if partition_by:
                with making.update_spec() as spec:
                    spec.add_field(partition_by, IdentityTransform(), partition_by)
    return catalog.load_table(identifier)


def commit_or_discard(
    load: Callable[[], Table], plan: Callable[[Table], Change | None], written: Sequence[DataFile]
) -> bool:
    """Commit a change to a table, planned anew each time that somebody else was faster.

    Args:
        load: Reads the table as it is now.
        plan: Says what is to be done; None: nothing.
        written: Data files to delete where they are certainly not committed.

    Returns:
        Whether the change was committed; else nothing was to be done.

    Raises:
        pyiceberg.exceptions.CommitFailedException: Others were faster every time.
    """
    from pyiceberg.exceptions import CommitFailedException, ValidationException

    tried: list[int] = []
    try:
        committed = _commit(load, plan, tried)
    except (CommitFailedException, ValidationException):
        discard(load(), written)
        raise
    if not committed:
        discard(load(), written)
    return committed


def _commit(
    load: Callable[[], Table], plan: Callable[[Table], Change | None], tried: list[int]
) -> bool:
    from pyiceberg.exceptions import (
        CommitFailedException,
        CommitStateUnknownException,
        ValidationException,
    )

    attempt = 0
    while True:
        table = load()
        if any(table.metadata.snapshot_by_id(identity) is not None for identity in tried):
            return True  # its answer was lost
        change = plan(table)
        if change is None:
            return False
        try:
            _commit_once(table, change, tried)
        except (CommitFailedException, CommitStateUnknownException, ValidationException):
            attempt += 1
            if attempt == ATTEMPTS:
                raise
            pause(attempt)
        else:
            return True


def _commit_once(table: Table, change: Change, tried: list[int]) -> None:
    # pyiceberg's own repetition would commit the same plan on top of what others did meanwhile.
    # It goes by the loaded copy of the properties; the table's own stay as they are.
    table.metadata.properties["commit.retry.num-retries"] = "0"
    with table.transaction() as transaction:
        snapshot = transaction.update_snapshot(snapshot_properties=dict(change.summary))
        with snapshot.overwrite() if change.removed else snapshot.merge_append() as producer:
            tried.append(producer.snapshot_id)
            for file in change.removed:
                producer.delete_data_file(file)
            for file in change.added:
                producer.append_data_file(file)
        properties = change.properties(producer.snapshot_id)
        if properties:
            transaction.set_properties(dict(properties))

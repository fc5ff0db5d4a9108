"""The data files that are live at a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import FileScanTask, Table
    from pyiceberg.table.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A data file of a snapshot.

    Attributes:
        path: Where it lies.
        deletes: What deletes some of its rows, sorted: delete files and where in them.
        rows: Rows in the file; those deleted count.
        size: Bytes.
        task: What pyiceberg needs to read it.
    """

    path: str
    deletes: tuple[str, ...]
    rows: int
    size: int
    task: FileScanTask

    @property
    def content(self) -> tuple[str, tuple[str, ...]]:
        """What is the same where the live rows are: data files never change."""
        return self.path, self.deletes


def live_files(
    table: Table, snapshot: Snapshot | None, row_filter: BooleanExpression | None = None
) -> list[LiveFile]:
    """Return the data files that are live at a snapshot, sorted by path.

    Args:
        table: The table.
        snapshot: One of its snapshots; None: no file.
        row_filter: Files that certainly hold no row of it are left out.
    """
    from pyiceberg.expressions import AlwaysTrue

    if snapshot is None:
        return []
    scan = table.scan(row_filter=row_filter or AlwaysTrue(), snapshot_id=snapshot.snapshot_id)
    return sorted((_live_file(task) for task in scan.plan_files()), key=lambda file: file.path)


def _live_file(task: FileScanTask) -> LiveFile:
    deletes = (
        f"{file.file_path}@{getattr(file, 'content_offset', None)}" for file in task.delete_files
    )
    file = task.file
    return LiveFile(
        file.file_path, tuple(sorted(deletes)), file.record_count, file.file_size_in_bytes, task
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """What tells two snapshots apart.

    Attributes:
        added: Files live at the later one and not, or with other deletes, at the earlier one.
        gone: Files live at the earlier one and not, or with other deletes, at the later one.
    """

    added: Sequence[LiveFile]
    gone: Sequence[LiveFile]

    @property
    def is_empty(self) -> bool:
        """Whether the same rows are live at both."""
        return not self.added and not self.gone

    @property
    def surely_lost_rows(self) -> bool:
        """Whether more rows are gone than came, so that some were not merely rewritten."""
        deletes = any(file.deletes for file in (*self.added, *self.gone))
        came = sum(file.rows for file in self.added)
        return not deletes and sum(file.rows for file in self.gone) > came


def difference(earlier: Sequence[LiveFile], later: Sequence[LiveFile]) -> Difference:
    """Compare the live files of two snapshots."""
    before, after = {file.content for file in earlier}, {file.content for file in later}
    return Difference(
        [file for file in later if file.content not in before],
        [file for file in earlier if file.content not in after],
    )

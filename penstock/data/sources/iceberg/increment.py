"""What was added to a table between two snapshots, told by its live data files.

An append-only scan of the snapshots between them is wrong as soon as one of them replaced files:
it gives rows that were superseded since. The live files of both ends cannot be wrong.
"""

# ruff: noqa: S608  # names are quoted and values are literals of the address and the request

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock.data.iceberg.live import Difference
from penstock.data.iceberg.snapshots import FULL_READ
from penstock.data.sources.attaching import quote_text
from penstock.data.sources.iceberg.columns import quote_name
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from pyiceberg.types import NestedField

    from penstock.data.sources.iceberg.files import DataFiles


@dataclass(frozen=True, slots=True)
class Increment:
    """Rows of a later snapshot that an earlier one had not.

    Attributes:
        data: Reads the table's files.
        changed: The files that tell the two apart.
        every: All columns of the later snapshot: a row is another if any of them is.
    """

    data: DataFiles
    changed: Difference
    every: Sequence[NestedField]

    def relation(self, fields: Sequence[NestedField], condition: str) -> str:
        """Return SQL that may stand after FROM: the rows that were added.

        Raises:
            DataError: A row that was there before is gone or changed.
        """
        if not self.changed.gone:
            return self.data.relation(self.changed.added, fields, condition)
        check_not_lost(self.changed, self.data.where)
        names = ", ".join(quote_name(field.name) for field in fields)
        return f"(SELECT {names} FROM {self._compare()} WHERE {condition})"

    def _compare(self) -> str:
        """Compare the rows of the files that came and went, as bags, into a file of new rows."""
        names = ", ".join(quote_name(field.name) for field in self.every)
        count = _unused_name([field.name for field in self.every])
        added = self.data.relation(self.changed.added, self.every)
        gone = replace(self.data, remedy=FULL_READ).relation(self.changed.gone, self.every)
        target = self.data.new_file("increment.parquet")
        self.data.connection.execute(
            f"COPY (SELECT {names}, sum({count})::BIGINT AS {count} FROM ("
            f"SELECT *, 1 AS {count} FROM {added} UNION ALL SELECT *, -1 AS {count} FROM {gone}) "
            f"GROUP BY {names} HAVING sum({count}) <> 0) "
            f"TO {quote_text(str(target))} (FORMAT parquet)"
        )
        changes = f"read_parquet({quote_text(str(target))})"
        lost = self.data.connection.execute(
            f"SELECT coalesce(sum(-{count}), 0)::BIGINT FROM {changes} WHERE {count} < 0"
        ).fetchall()[0][0]
        if lost:
            raise _lost(f"{lost} rows", self.data.where)
        return f"(SELECT {names} FROM (SELECT *, unnest(range({count})) FROM {changes}))"


def check_not_lost(changed: Difference, where: str) -> None:
    """Refuse an increment of a table that surely lost rows; no file is read.

    Raises:
        DataError: More rows are gone than came.
    """
    if changed.surely_lost_rows:
        raise _lost("rows", where)


def _lost(what: str, where: str) -> DataError:
    return DataError(
        Problem(
            f"{what} that an earlier run may have read were deleted or changed since; "
            "what was added cannot be told from what was replaced.",
            where,
            FULL_READ,
        )
    )


def _unused_name(names: Sequence[str]) -> str:
    name = "times"
    while name in {each.lower() for each in names}:
        name += "_"
    return name

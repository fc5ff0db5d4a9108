"""What rows must look like: those of a source, of a table, of the answer of rows.sql."""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.use_case import UseCase
from penstock.use_case.source import Column, Table


@dataclass(frozen=True, slots=True)
class Shape:
    """What rows must look like.

    Attributes:
        view: Name of the view that the good rows become.
        columns: What each column must hold.
        key: Columns that together name a row; none: rows may repeat.
        time_column: When a row happened; empty: rows have no time.
        time_zone: Of timestamps that name no zone.
        max_share: Greatest share of rows that may be bad.
        refuses_unknown: Whether columns that are not declared are an error.
        may_be_empty: Whether there may be no row at all.
    """

    view: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    time_column: str
    time_zone: str
    max_share: float
    refuses_unknown: bool = False
    may_be_empty: bool = False

    @property
    def required(self) -> frozenset[str]:
        """Columns that no row may lack, whatever their declaration says."""
        return frozenset((*self.key, self.time_column))

    def stored(self, column: str) -> str:
        """Return the name that a column has in the store."""
        return self.columns[column].column or column


GOOD_ROWS = "good_rows"


def shape_of_rows(use_case: UseCase, *, live: bool = False, may_be_empty: bool = False) -> Shape:
    """Return what the rows of a use case must look like.

    Args:
        use_case: Declares the columns.
        live: Whether the target may be unknown or absent, as in rows to be scored.
        may_be_empty: Whether there may be no row at all.
    """
    columns = dict(use_case.columns)
    if live:
        columns[use_case.target] = columns[use_case.target].model_copy(update={"nullable": True})
    return Shape(
        GOOD_ROWS,
        columns,
        tuple(use_case.key),
        use_case.time_column,
        use_case.time_zone,
        use_case.quarantine.max_share,
        use_case.quarantine.unknown_columns == "refuse" and not use_case.tables,
        may_be_empty,
    )


def shape_of_table(use_case: UseCase, table: Table, view: str) -> Shape:
    """Return what the rows of one of several tables must look like."""
    return Shape(
        view,
        table.columns,
        tuple(table.key),
        table.time_column,
        use_case.time_zone,
        use_case.quarantine.max_share,
        use_case.quarantine.unknown_columns == "refuse",
        may_be_empty=True,
    )

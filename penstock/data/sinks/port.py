"""What every sink of decisions offers, whatever store it writes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

RUN_COLUMN = "run_id"
DAY_COLUMN = "decision_day"
"""Columns that every sink adds: the run that wrote a row (text) and the day it decides for."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One run's rows.

    Attributes:
        rows: Parquet file; the order of its rows and columns is kept.
        run: What a repeated run has in common with the first, such as `fraud/2018-08-15`.
        day: The day that the rows decide for.
    """

    rows: Path
    run: str
    day: date


@dataclass(frozen=True, slots=True)
class Published:
    """What a sink holds of one run now."""

    place: str
    """Address for people and machines, without secrets."""
    rows: int


class Sink(Protocol):
    """A place for decisions. What other runs have published stays as it is and readable."""

    def publish(self, publication: Publication) -> Published:
        """Write the rows of a run in the place of those that it wrote before, all or none.

        A second call with the same run replaces; it never doubles. A call that is killed at any
        moment leaves what was there before, or all that is new, and the next one succeeds.

        Raises:
            DataError: The rows do not fit what is there: columns or types.
            ServiceError: The store refused or could not be reached.
            WorkError: The disk is full or may not be written.
        """

    def read(self, *, first_day: date | None = None, last_day: date | None = None) -> pa.Table:
        """Return the published rows of these days (both included), by day and then as written.

        They have the columns `run_id` and `decision_day` first. No row: a table of no columns.

        Raises:
            ServiceError: The store refused or could not be reached.
        """

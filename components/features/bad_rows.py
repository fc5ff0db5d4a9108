"""The bad rows of a source and of what rows.sql made of it, told together."""

# ruff: noqa: S608  # queries are those of the checks

from collections.abc import Mapping
from dataclasses import dataclass

from components.features.loading import Loaded
from components.features.rows import CheckedRows


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows in quarantine.

    Attributes:
        count: How many there are.
        reasons: How many by reason; of several tables each with its table, or `rows.sql`, before.
        select: Query of them; of several tables with the column `table`.
    """

    count: int
    reasons: Mapping[str, int]
    select: str


def bad_rows(loaded: Loaded, made: CheckedRows | None) -> BadRows:
    """Return the bad rows of a source and, of several tables, of the answer of rows.sql."""
    if made is None:
        return BadRows(loaded.quarantined, loaded.reasons, loaded.quarantine)
    answered = {f"rows.sql: {reason}": count for reason, count in made.reasons.items()}
    return BadRows(
        loaded.quarantined + made.quarantined,
        {**loaded.reasons, **answered},
        f"SELECT * FROM ({loaded.quarantine} UNION ALL BY NAME "
        f"SELECT 'rows.sql' AS \"table\", * FROM ({made.quarantine})) ORDER BY ALL",
    )

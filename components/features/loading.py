"""The good rows of a use case, out of one table or of several, ready for its feature SQL."""

# ruff: noqa: S608  # names are quoted

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from components.features.days import Days, create_days_view
from components.features.facts import lineage_of, together
from components.features.identifiers import literal, name
from components.features.reading import ALL, Part, read_table
from components.features.rows import CheckedRows, check_rows
from components.features.shape import GOOD_ROWS, shape_of_rows, shape_of_table
from components.features.sql_problem import translated
from penstock.data.lineage import Lineage
from penstock.data.sources import SourceTable
from penstock.errors import Problem, UseCaseError
from penstock.use_case import UseCase
from penstock.use_case.model import ROWS_FILE

Read = Callable[..., SourceTable]
"""Makes a table known to a connection; see `read_table`."""

ONLY_NEW = "increment_rows"
"""View of the good rows of an increment; `good_rows` holds its history as well."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was read and found good.

    Attributes:
        read: Rows read.
        quarantined: Bad rows among them.
        reasons: Bad rows by reason; of several tables each with its table's name before it.
        quarantine: SELECT of the bad rows.
        lineage: What was read.
        since: Snapshot after which rows were read, where they are an increment.
    """

    read: int
    quarantined: int
    reasons: Mapping[str, int]
    quarantine: str
    lineage: Lineage
    since: str = ""

    @property
    def is_increment(self) -> bool:
        """Whether `increment_rows` holds only some of `good_rows`."""
        return bool(self.since)


def load_single(
    connection: Any,
    scratch: Path,
    use_case: UseCase,
    uri: str,
    *,
    live: bool = False,
    part: Part = ALL,
) -> Loaded:
    """Read the one table of a source; its good rows become the view `good_rows`.

    Of an increment the rows that stood there before, for features that look back, are among them;
    the increment alone is the view `increment_rows`. A row that came again counts as new.

    Raises:
        DataError: The rows cannot be used.
    """
    shape = shape_of_rows(use_case, live=live)
    if part.start or part.end:  # who asks for a part says himself what it is to hold none
        shape = replace(shape, may_be_empty=True)
    table = read_table(
        connection, scratch, uri, shape, file_format=use_case.source.format, part=part
    )
    if not table.history:
        checked = check_rows(connection, table, shape, uri)
        lineage = lineage_of(connection, GOOD_ROWS, shape, table.lineage)
        return _loaded(checked, lineage)
    new = replace(shape, view=ONLY_NEW, may_be_empty=True)
    checked = check_rows(connection, replace(table, history=""), new, uri)
    before = replace(shape, view="history_rows", may_be_empty=True, max_share=1.0)
    check_rows(connection, replace(table, relation=table.history, rejects=""), before, uri)
    keys = " AND ".join(f"n.{name(key)} = h.{name(key)}" for key in shape.key)
    connection.execute(
        f"CREATE TEMP VIEW {GOOD_ROWS} AS SELECT * FROM {ONLY_NEW} UNION ALL BY NAME "
        f"SELECT * FROM history_rows AS h WHERE NOT EXISTS "
        f"(SELECT 1 FROM {ONLY_NEW} AS n WHERE {keys})"
    )
    lineage = lineage_of(connection, ONLY_NEW, shape, table.lineage)
    return replace(_loaded(checked, lineage), since=table.lineage.snapshot_from or "the first")


def load_tables(
    connection: Any,
    scratch: Path,
    use_case: UseCase,
    uri: str,
    *,
    part: Part = ALL,
    moment: datetime | None = None,
    read: Read = read_table,
) -> Loaded:
    """Read the tables of a use case; each becomes a view of its name.

    Args:
        connection: DuckDB connection.
        scratch: Folder for files.
        use_case: With `tables`.
        uri: Address of the store.
        part: Which rows of the tables with a time column are wanted.
        moment: Nothing that happened from this instant on is visible; None: everything is.
        read: How a table is read.

    Raises:
        DataError: The rows of a table cannot be used.
    """
    found: list[tuple[str, CheckedRows]] = []
    lineages: list[tuple[str, Lineage]] = []
    for logical, declared in use_case.tables.items():
        view = f"{logical} good rows"
        shape = shape_of_table(use_case, declared, view)
        stored = declared.table or logical
        table = read(
            connection,
            scratch,
            uri,
            shape,
            file_format=use_case.source.format,
            table=stored,
            part=part if declared.time_column else ALL,
        )
        found.append((logical, check_rows(connection, table, shape, f"{uri} ({stored})")))
        past = ""
        if moment is not None and declared.time_column:
            past = f" WHERE {name(declared.time_column)} < {literal(moment)}"
        connection.execute(f"CREATE TEMP VIEW {name(logical)} AS SELECT * FROM {name(view)}{past}")
        lineages.append((stored, lineage_of(connection, logical, shape, table.lineage)))
    parts = [
        f"SELECT {literal(logical)} AS {name('table')}, * FROM ({checked.quarantine})"
        for logical, checked in found
    ]
    return Loaded(
        sum(checked.read for _, checked in found),
        sum(checked.quarantined for _, checked in found),
        {
            f"{logical}: {reason}": count
            for logical, checked in found
            for reason, count in checked.reasons.items()
        },
        " UNION ALL BY NAME ".join(parts),
        together(uri, lineages),
    )


def make_rows(connection: Any, use_case: UseCase, days: Days, *, live: bool = False) -> CheckedRows:
    """Run rows.sql for these days; its good rows become the view `good_rows`.

    Args:
        connection: DuckDB connection that knows the tables.
        use_case: With `tables`.
        days: What the view `days` holds.
        live: Whether the target may be unknown.

    Raises:
        UseCaseError: The SQL cannot be run.
        DataError: Its rows are not what the use case declares.
    """
    create_days_view(connection, days, use_case.time_zone)
    where = f"{use_case.name}/{ROWS_FILE}"
    with translated(where):
        connection.execute(
            "CREATE TEMP TABLE answered_rows AS "
            f"SELECT * FROM (\n{use_case.rows_sql.rstrip('; ')}\n)"
        )
    described = connection.execute("DESCRIBE answered_rows").fetchall()
    table = SourceTable("answered_rows", {row[0]: row[1] for row in described})
    # The tables' times are in UTC by now, and so is what the query makes of them.
    shape = replace(shape_of_rows(use_case, live=live, may_be_empty=True), time_zone="UTC")
    checked = check_rows(connection, table, shape, where)
    _check_days(connection, use_case, days, where)
    return checked


def _check_days(connection: Any, use_case: UseCase, days: Days, where: str) -> None:
    """Refuse rows of days that were not asked for: their features would see what comes later."""
    start, end = (literal(instant) for instant in days.bounds(use_case.time_zone))
    time = name(use_case.time_column)
    outside, one = connection.execute(
        f"SELECT count(*), min({time}) FROM {GOOD_ROWS} WHERE {time} < {start} OR {time} >= {end}"
    ).fetchone()
    if outside:
        raise UseCaseError(
            Problem(
                f"{outside} rows are not of the days {days} that are asked for, one of {one} UTC.",
                where,
                f"Take {use_case.time_column} from the view `days`.",
            )
        )


def _loaded(checked: CheckedRows, lineage: Lineage) -> Loaded:
    return Loaded(checked.read, checked.quarantined, checked.reasons, checked.quarantine, lineage)

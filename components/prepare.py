"""The rows due on one day, with the features that the model takes."""

import json
from pathlib import Path
from typing import NamedTuple

from components.features.available_days import default_day
from components.features.bad_rows import BadRows, bad_rows
from components.features.days import parse_day
from components.features.due import Due, find_due
from components.features.engine import open_engine
from components.features.lines import write_lines
from components.features.writing import write_parquet
from penstock.contract import Dataset, Metrics, component, output
from penstock.data.lineage import table_label
from penstock.errors import DataError, Problem, WorkError
from penstock.use_case import load_use_case


class PreparedDay(NamedTuple):
    """What `prepare` gives.

    `rows` is one Parquet file, ordered by time and key, with the key, time, entity, segment and
    group columns, the features (DOUBLE) and, where the entities' newest rows are known,
    `data_age_hours`. `lines` are the same columns, carried ones first and without a header, where
    the use case's `inference.form` asks for CSV or JSON Lines; else it is empty. The outputs
    `data_...` say which rows were read, as `penstock.data.lineage.Lineage` describes.
    """

    rows: Dataset
    lines: Dataset
    quarantine: Dataset
    summary: Metrics
    due: int
    day: str
    run: str
    data_table: str
    data_snapshot_from: str
    data_snapshot_to: str
    data_snapshot_time: str
    data_time_from: str
    data_time_to: str
    data_digest: str
    data_rows: int


@component()
def prepare(use_case: str, source: str = "", *, day: str = "") -> PreparedDay:
    """Compute the features of every row due on a day, by the same SQL as in training.

    Nothing is looked at that happened from the decision's moment on: with several tables the
    beginning of the day, else its end.

    Args:
        use_case: Reference of the use case, pinned or not.
        source: Address of the rows: files (path, `s3://`), a database or an Iceberg table; empty:
            the use case's.
        day: The day, `2018-08-15`, in the use case's zone; empty: that of the newest row, with
            several tables the day after it.

    Raises:
        UseCaseError: The use case or its SQL is wrong.
        DataError: The rows cannot be used, or none is due.
        RequestError: The day is written otherwise.
        ServiceError: The store refused or could not be reached.
        WorkError: Memory or disk ran out.
    """
    settings = load_use_case(use_case)
    place = source or settings.source.uri
    if not place:
        raise DataError(
            Problem("no source was given.", settings.name, "Give a source, or set source.uri.")
        )
    asked = parse_day(day, "day") if day else None
    rows, lines = output(Dataset, "rows"), output(Dataset, "lines")
    quarantine, summary = output(Dataset, "quarantine"), output(Metrics, "summary")
    written = [Path(each.path) for each in (rows, lines, quarantine)]
    try:
        with open_engine(
            settings.resources.prepare.memory, Path(rows.path), step="prepare", source=place
        ) as (engine, scratch):
            chosen = asked or default_day(engine, scratch, settings, place)
            due = find_due(engine, scratch, settings, place, chosen)
            bad = bad_rows(due.loaded, due.made)
            count = write_parquet(engine, due.select, Path(rows.path))
            write_lines(engine, settings, Path(rows.path), Path(lines.path))
            write_parquet(engine, bad.select, Path(quarantine.path))
            left = engine.execute("SELECT count(*) FROM featured").fetchone()[0] - count
    except (DataError, WorkError):
        # Nothing stays that could be taken for a result.
        for file in written:
            file.unlink(missing_ok=True)
        raise
    run = f"{settings.group}/{chosen}"
    _write_summary(summary, due, bad, str(chosen), run, count, left)
    seen = due.loaded.lineage
    return PreparedDay(
        rows,
        lines,
        quarantine,
        summary,
        count,
        str(chosen),
        run,
        table_label(seen.table),
        seen.snapshot_from,
        seen.snapshot_to,
        seen.snapshot_time,
        seen.time_from,
        seen.time_to,
        seen.digest,
        seen.rows,
    )


def _write_summary(
    summary: Metrics,
    due: Due,
    bad: BadRows,
    day: str,
    run: str,
    count: int,
    not_listed: int,
) -> None:
    content = {
        "format": "penstock.due/1",
        "day": day,
        "run": run,
        "due": count,
        "lineage": due.loaded.lineage.properties(),
        "rows_read": due.loaded.read,
        "rows_quarantined": bad.count,
        "reasons": dict(bad.reasons),
        "rows_of_segments_not_listed": not_listed,
    }
    path = Path(summary.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    summary.log_metric("due", count)
    summary.log_metric("rows_read", due.loaded.read)
    summary.log_metric("rows_quarantined", bad.count)

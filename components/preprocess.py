"""From raw rows to checked, featured, split Parquet."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from components.features.bad_rows import BadRows, bad_rows
from components.features.computing import Period, compute_features
from components.features.days import Days, local_day
from components.features.engine import open_engine
from components.features.identifiers import name
from components.features.loading import Loaded, load_single, load_tables, make_rows
from components.features.reading import ALL, Part
from components.features.rows import CheckedRows
from components.features.segments import check_segments
from components.features.writing import write_parquet
from components.preprocessing.known_days import days_with_labels, last_known
from components.preprocessing.selection import chosen_window, select_rows
from components.preprocessing.splits import (
    SplitQuery,
    check_classes,
    split_by_hash,
    split_by_time,
)
from components.preprocessing.summary import summarise
from components.preprocessing.windows import check_covered, choose_windows
from penstock.contract import Dataset, Metrics, component, output
from penstock.data.lineage import table_label, told
from penstock.errors import DataError, Problem, WorkError
from penstock.use_case import UseCase, load_use_case
from penstock.use_case.source import Window


class Prepared(NamedTuple):
    """What `preprocess` gives.

    Each split is one Parquet file, ordered by time and key, with the key, time, entity, segment and
    target columns, `event_day` (DATE), `known_compromised` (BOOLEAN) and the features (DOUBLE). The
    outputs `data_...` say which rows were read, as `penstock.data.lineage.Lineage` describes; a
    text that is not known is `none`.
    """

    train: Dataset
    validation: Dataset
    test: Dataset
    quarantine: Dataset
    summary: Metrics
    rows: int
    data_table: str
    data_snapshot_from: str
    data_snapshot_to: str
    data_snapshot_time: str
    data_time_from: str
    data_time_to: str
    data_digest: str
    data_rows: int


@component()
def preprocess(
    use_case: str,
    source: str = "",
    *,
    window: str = "",
    train_start: str = "",
    train_end: str = "",
    test_start: str = "",
    test_end: str = "",
    validation_days: int = -1,
    seed: int = -1,
) -> Prepared:
    """Check rows, compute features and split them so that no row meets a label too young.

    Args:
        use_case: Reference of the use case, pinned or not.
        source: Address of the rows: files (path, `s3://`), a database or an Iceberg table; empty:
            the use case's. An Iceberg address with `since=` gives what was appended after that
            snapshot; older rows are then looked at for features alone.
        window: `all`, `incremental` (everything, where the address says no `since`), or days up to
            the newest row such as `28d`; empty: the use case's.
        train_start: First day to train on, `2018-07-25`; empty: by the use case's windows.
        train_end: Last day to train on.
        test_start: First day to test on.
        test_end: Last day to test on.
        validation_days: Days to validate on; -1: the use case's; 0: none.
        seed: Of a split by hash; -1: the use case's.

    Raises:
        UseCaseError: The use case or its SQL is wrong.
        DataError: The rows cannot be used: columns, types, too many bad rows, empty or one-class
            splits, days that the data do not hold, nothing new, an increment that cannot be told.
        RequestError: The days contradict one another or the label delay.
        ServiceError: The store refused or could not be reached.
        WorkError: Memory or disk ran out.
    """
    settings = load_use_case(use_case)
    place = source or settings.source.uri
    if not place:
        raise DataError(
            Problem("no source was given.", settings.name, "Give a source, or set source.uri.")
        )
    wanted = chosen_window(settings, window)
    train, validation, test = (
        output(Dataset, "train"),
        output(Dataset, "validation"),
        output(Dataset, "test"),
    )
    quarantine, summary = output(Dataset, "quarantine"), output(Metrics, "summary")
    files = {
        "train": Path(train.path),
        "validation": Path(validation.path),
        "test": Path(test.path),
    }
    try:
        with open_engine(settings.resources.preprocess.memory, Path(train.path), source=place) as (
            engine,
            scratch,
        ):
            loaded, made = _load(engine, scratch, settings, place)
            bad = bad_rows(loaded, made)
            write_parquet(engine, bad.select, Path(quarantine.path))
            usable = select_rows(engine, settings, loaded, wanted, place)
            if settings.split.by == "time":
                queries = _split_by_time(
                    engine,
                    settings,
                    place,
                    usable,
                    loaded.since,
                    wanted,
                    train_start=train_start,
                    train_end=train_end,
                    test_start=test_start,
                    test_end=test_end,
                    validation_days=validation_days,
                )
            else:
                compute_features(engine, settings, seen=None, kept=[], among=usable)
                queries = split_by_hash(settings, settings.seed if seed < 0 else seed)
            unlisted = check_segments(engine, settings)
            for split, query in queries.items():
                write_parquet(engine, query.select, files[split])
            splits = summarise(engine, files, settings)
    except WorkError:
        # Memory or disk ran out: nothing stays that could be taken for a result.
        for file in (*files.values(), Path(quarantine.path)):
            file.unlink(missing_ok=True)
        raise
    try:
        _check_splits(splits, queries, settings, place)
    except DataError:
        for file in files.values():
            file.unlink()
        raise
    _write_summary(summary, loaded, bad, splits, settings, wanted, unlisted)
    seen = loaded.lineage
    return Prepared(
        train,
        validation,
        test,
        quarantine,
        summary,
        loaded.read,
        table_label(seen.table),
        told(seen.snapshot_from),
        told(seen.snapshot_to),
        told(seen.snapshot_time),
        told(seen.time_from),
        told(seen.time_to),
        seen.digest,
        seen.rows,
    )


def _load(
    engine: Any, scratch: Path, settings: UseCase, place: str
) -> tuple[Loaded, CheckedRows | None]:
    """Return what was read and, of several tables, what rows.sql made of them."""
    if not settings.tables:
        part = Part(history_days=_history_days(settings))
        return load_single(engine, scratch, settings, place, part=part), None
    loaded = load_tables(engine, scratch, settings, place, part=ALL)
    days = days_with_labels(engine, settings, place)
    return loaded, make_rows(engine, settings, days)


def _history_days(settings: UseCase) -> int | None:
    """Return the days before an increment that its features and its known entities look back on."""
    known = settings.evaluation.exclude_known
    if settings.history_days is None or known is None:
        return settings.history_days
    # The increment may begin within a day, the days that count begin with one.
    return max(settings.history_days, settings.label_delay_days + known.days + 1)


def _split_by_time(
    engine: Any,
    settings: UseCase,
    place: str,
    usable: str,
    since: str,
    window: Window,
    **asked: Any,
) -> dict[str, SplitQuery]:
    time = name(settings.time_column)
    first, last = engine.execute(
        f"SELECT min({time}), max({time}) FROM {usable or 'good_rows'}"  # noqa: S608  # quoted
    ).fetchone()
    if first is None:
        raise DataError(Problem("no good row is left.", place, "Mend the source."))
    zone = settings.time_zone
    days = Days(local_day(first, zone), local_day(last, zone))
    newest = local_day(last_known(engine, settings, usable, place) or last, zone)
    windows = choose_windows(settings, newest, **asked)
    rolling = window.days if window.rows == "rolling" else None
    check_covered(windows, days.first, days.last, place, since=since, rolling=rolling)
    wanted = [each for each in (windows.train, windows.validation, windows.test) if each]
    kept = [Period(*each.bounds(zone)) for each in wanted]
    earliest = engine.execute(f"SELECT min({time}) FROM good_rows").fetchone()[0]  # noqa: S608  # quoted
    if settings.history_days is not None:
        earliest = kept[0].start - timedelta(days=settings.history_days)
    seen = Period(earliest, kept[-1].end)
    compute_features(engine, settings, seen=seen, kept=kept, among=usable)
    return split_by_time(settings, windows)


def _check_splits(
    splits: dict[str, dict[str, Any]],
    queries: dict[str, SplitQuery],
    settings: UseCase,
    place: str,
) -> None:
    rows = {
        split: summary["rows"]
        for split, summary in splits.items()
        if queries[split].window is None or queries[split].window
    }
    classes = {split: summary.get("classes", {}) for split, summary in splits.items()}
    classes["test"] = splits["test"].get("classes_to_judge", {})
    check_classes(classes, rows, settings, place)


def _write_summary(
    summary: Metrics,
    loaded: Loaded,
    bad: BadRows,
    splits: dict[str, dict[str, Any]],
    settings: UseCase,
    window: Window,
    unlisted: int,
) -> None:
    content: dict[str, Any] = {
        "format": "penstock.data/1",
        "use_case": settings.name,
        "window": window.rows,
        "lineage": loaded.lineage.properties(),
        "rows_read": loaded.read,
        "rows_quarantined": bad.count,
        "reasons": dict(bad.reasons),
        "splits": splits,
    }
    if unlisted:
        content["rows_of_segments_not_listed"] = unlisted
    path = Path(summary.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    summary.log_metric("rows_read", loaded.read)
    summary.log_metric("rows_quarantined", bad.count)
    for split, found in splits.items():
        summary.log_metric(f"rows_{split}", found["rows"])

"""From raw rows to checked, featured, split Parquet."""

# ruff: noqa: S608  # names are quoted and values are literals of the validated use case

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from components.preprocessing.engine import open_engine
from components.preprocessing.features import Period, compute_features
from components.preprocessing.identifiers import name
from components.preprocessing.rows import CheckedRows, check_rows
from components.preprocessing.splits import (
    SplitQuery,
    check_classes,
    split_by_hash,
    split_by_time,
)
from components.preprocessing.summary import summarise
from components.preprocessing.windows import check_covered, choose_windows, local_day
from components.preprocessing.writing import write_parquet
from penstock.contract import Dataset, Metrics, component, output
from penstock.data.sources import open_source
from penstock.errors import DataError, Problem, WorkError
from penstock.use_case import UseCase, load_use_case


class Prepared(NamedTuple):
    """What `preprocess` gives.

    Each split is one Parquet file, ordered by time and key, with the key, time, entity, segment and
    target columns, `event_day` (DATE), `known_compromised` (BOOLEAN) and the features (DOUBLE).
    """

    train: Dataset
    validation: Dataset
    test: Dataset
    quarantine: Dataset
    summary: Metrics
    rows: int


@component()
def preprocess(
    use_case: str,
    source: str = "",
    *,
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
        source: File, folder or glob of Parquet or CSV, local or `s3://`; empty: the use case's.
        train_start: First day to train on, `2018-07-25`; empty: by the use case's windows.
        train_end: Last day to train on.
        test_start: First day to test on.
        test_end: Last day to test on.
        validation_days: Days to validate on; -1: the use case's; 0: none.
        seed: Of a split by hash; -1: the use case's.

    Raises:
        UseCaseError: The use case or its SQL is wrong.
        DataError: The rows cannot be used: columns, types, too many bad rows, empty or one-class
            splits, days that the data do not hold.
        RequestError: The days contradict one another or the label delay.
        WorkError: Memory or disk ran out.
    """
    settings = load_use_case(use_case)
    place = source or settings.source.uri
    if not place:
        raise DataError(
            Problem("no source was given.", settings.name, "Give a source, or set source.uri.")
        )
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
        with open_engine(settings.resources.preprocess.memory, Path(train.path)) as (
            engine,
            scratch,
        ):
            table = open_source(place, file_format=settings.source.format).attach(engine, scratch)
            checked = check_rows(engine, table, settings, place)
            write_parquet(engine, checked.quarantine, Path(quarantine.path))
            if settings.split.by == "time":
                queries = _split_by_time(
                    engine,
                    settings,
                    place,
                    train_start=train_start,
                    train_end=train_end,
                    test_start=test_start,
                    test_end=test_end,
                    validation_days=validation_days,
                )
            else:
                compute_features(engine, settings, seen=None, kept=[])
                queries = split_by_hash(settings, settings.seed if seed < 0 else seed)
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
    _write_summary(summary, checked, splits, settings)
    return Prepared(train, validation, test, quarantine, summary, checked.read)


def _split_by_time(
    engine: Any,
    settings: UseCase,
    place: str,
    **asked: Any,
) -> dict[str, SplitQuery]:
    time = name(settings.time_column)
    first, last = engine.execute(f"SELECT min({time}), max({time}) FROM good_rows").fetchone()
    if first is None:
        raise DataError(Problem("no good row is left.", place, "Mend the source."))
    zone = settings.time_zone
    first_day, last_day = local_day(first, zone), local_day(last, zone)
    windows = choose_windows(settings, last_day, **asked)
    check_covered(windows, first_day, last_day, place)
    wanted = [days for days in (windows.train, windows.validation, windows.test) if days]
    kept = [Period(*days.bounds(zone)) for days in wanted]
    earliest = first
    if settings.history_days is not None:
        earliest = kept[0].start - timedelta(days=settings.history_days)
    seen = Period(earliest, kept[-1].end)
    compute_features(engine, settings, seen=seen, kept=kept)
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
    summary: Metrics, checked: CheckedRows, splits: dict[str, dict[str, Any]], settings: UseCase
) -> None:
    content = {
        "use_case": settings.name,
        "rows_read": checked.read,
        "rows_quarantined": checked.quarantined,
        "reasons": checked.reasons,
        "splits": splits,
    }
    path = Path(summary.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    summary.log_metric("rows_read", checked.read)
    summary.log_metric("rows_quarantined", checked.quarantined)
    for split, found in splits.items():
        summary.log_metric(f"rows_{split}", found["rows"])

"""What one setting alone cannot tell: settings that must fit one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from penstock.lines import Location
from penstock.use_case.cron import CronError, parse_cron
from penstock.use_case.model import FEATURES_FILE, ROWS_FILE, UseCase

Finding = tuple[Location, str, str]
"""Where in the file, what is wrong, how to mend it."""
_OWN_NAMES = ("source", "days", "good_rows", "answered_rows", "window_rows", "featured")
"""What a run itself calls views and tables, beside those of the use case."""


def check_fit(use_case: UseCase, *, has_sql: bool, has_rows_sql: bool = False) -> Iterator[Finding]:
    """Yield every place where settings contradict one another."""
    yield from _columns_exist(use_case)
    yield from _tables(use_case, has_rows_sql=has_rows_sql)
    yield from _segments(use_case)
    yield from _decisions(use_case)
    yield from _schedule(use_case)
    yield from _columns_make_sense(use_case)
    yield from _features(use_case, has_sql=has_sql)
    yield from _time_and_split(use_case)
    yield from _metrics(use_case)
    yield from _champion(use_case)


def _one_of(names: Iterable[str]) -> str:
    return f"Use one of: {', '.join(dict.fromkeys(names))}."


def _columns_exist(use_case: UseCase) -> Iterator[Finding]:
    single = {
        "time_column": use_case.time_column,
        "entity": use_case.entity,
        "target": use_case.target,
    }
    for setting, column in single.items():
        if column and column not in use_case.columns:
            yield (setting,), f"{setting} {column!r} is no column.", _one_of(use_case.columns)
    for index, column in enumerate(use_case.key):
        if column not in use_case.columns:
            yield ("key", index), f"key {column!r} is no column.", _one_of(use_case.columns)
    known = [*use_case.columns, *use_case.features]
    if use_case.segment and use_case.segment not in known:
        what = f"segment {use_case.segment!r} is neither a column nor a feature."
        yield ("segment",), what, _one_of(known)


def _columns_make_sense(use_case: UseCase) -> Iterator[Finding]:
    for name, column in use_case.columns.items():
        bounded = column.minimum is not None or column.maximum is not None
        if bounded and column.type not in ("integer", "float"):
            what = f"column {name!r} is of type {column.type} and has no minimum or maximum."
            yield ("columns", name), what, "Remove the bounds or make it integer or float."
        if (
            column.minimum is not None
            and column.maximum is not None
            and column.minimum > column.maximum
        ):
            what = f"column {name!r} allows no value: its minimum is above its maximum."
            yield ("columns", name), what, "Swap them."
    target = use_case.columns.get(use_case.target)
    if target and use_case.task == "regression" and target.type not in ("integer", "float"):
        what = f"the target of a regression cannot be of type {target.type}."
        yield ("columns", use_case.target, "type"), what, "Use integer or float."


def _tables(use_case: UseCase, *, has_rows_sql: bool) -> Iterator[Finding]:
    if use_case.tables and not has_rows_sql:
        what = f"there are tables, but no {ROWS_FILE} that makes rows of them."
        yield ("tables",), what, f"Write {ROWS_FILE} beside the use case."
    if has_rows_sql and not use_case.tables:
        what = f"there is a {ROWS_FILE}, but no table for it to read."
        yield (), what, "Declare `tables`, or remove the file."
    if use_case.tables and not use_case.time_column:
        what = "decisions out of several tables need a time."
        yield ("tables",), what, "Set time_column."
    yield from _names_of_tables(use_case)
    for name, table in use_case.tables.items():
        for index, column in enumerate(table.key):
            if column not in table.columns:
                what = f"key {column!r} is no column of the table {name!r}."
                yield ("tables", name, "key", index), what, _one_of(table.columns)
        if not table.time_column:
            continue
        declared = table.columns.get(table.time_column)
        place: Location = ("tables", name, "time_column")
        if declared is None:
            what = f"time_column {table.time_column!r} is no column of the table {name!r}."
            yield place, what, _one_of(table.columns)
        elif declared.type != "timestamp":
            what = f"the time column {table.time_column!r} is of type {declared.type}."
            yield ("tables", name, "columns", table.time_column, "type"), what, "Make it timestamp."
    window = use_case.source.window
    if window.rows == "incremental" and use_case.tables:
        what = "several tables have no common increment."
        yield ("source", "window", "rows"), what, "Use all or rolling."
    if window.rows == "rolling" and not use_case.time_column:
        what = "a rolling window needs a time column."
        yield ("source", "window", "rows"), what, "Set time_column, or use all."
    if window.rows == "rolling" and window.per == "entity" and not use_case.entity:
        what = "a window per entity needs an entity."
        yield ("source", "window", "per"), what, "Set entity, or use source."


def _names_of_tables(use_case: UseCase) -> Iterator[Finding]:
    known: dict[str, str] = {}
    for name in use_case.tables:
        if name.lower() in _OWN_NAMES:
            what = f"a table cannot be called {name!r}: queries know something else by that name."
            yield ("tables", name), what, "Give it another name; `table` is the one in the store."
        elif name.lower() in known:
            what = f"to queries the tables {known[name.lower()]!r} and {name!r} are one."
            yield ("tables", name), what, "Give it another name; `table` is the one in the store."
        known[name.lower()] = name


def _segments(use_case: UseCase) -> Iterator[Finding]:
    segments = use_case.segments
    if segments is None:
        return
    if not use_case.segment:
        yield ("segments",), "segments need a column to tell them apart.", "Set segment."
    if segments.names and segments.file:
        what = "segments are named both here and in a file."
        yield ("segments",), what, "Keep one of `names` and `file`."
    for index, name in enumerate(segments.names):
        if name in segments.names[:index]:
            place: Location = ("segments", "names", index)
            yield place, f"the segment {name!r} stands here a second time.", "Remove one."


def _decisions(use_case: UseCase) -> Iterator[Finding]:
    inference = use_case.inference
    known = [*use_case.columns, *use_case.features]
    if inference.group and inference.group not in known:
        what = f"group {inference.group!r} is neither a column nor a feature."
        yield ("inference", "group"), what, _one_of(known)
    if inference.reasons and inference.form != "parquet":
        what = f"reasons are told where form is parquet, not {inference.form}."
        yield ("inference", "reasons"), what, "Set form: parquet, or reasons: 0."
    for index, sink in enumerate(inference.sinks):
        if not sink.strip() or sink == "source#":
            yield ("inference", "sinks", index), f"{sink!r} names no place.", "Name one."
        elif sink in inference.sinks[:index]:
            yield ("inference", "sinks", index), f"{sink!r} stands here twice.", "Remove one."


def _schedule(use_case: UseCase) -> Iterator[Finding]:
    for name, schedule in use_case.schedule.items():
        place: Location = ("schedule", name)
        if sum(map(bool, (schedule.at, schedule.cron, schedule.depends_on))) != 1:
            what = f"the pipeline {name!r} has to start in exactly one way."
            yield place, what, "Give one of `at`, `cron` and `depends_on`."
        if schedule.cron:
            try:
                parse_cron(schedule.cron)
            except CronError as error:
                yield (*place, "cron"), str(error), "Write such as `0 6 ? * MON *`."
        for index, other in enumerate(schedule.depends_on):
            if other not in use_case.schedule:
                what = f"{name!r} depends on {other!r}, which has no schedule."
                yield (*place, "depends_on", index), what, _one_of(use_case.schedule)
        if _comes_back(use_case, name):
            what = f"the pipeline {name!r} depends on itself."
            yield (*place, "depends_on"), what, "Break the circle."


def _comes_back(use_case: UseCase, start: str) -> bool:
    seen: set[str] = set()
    ahead = list(use_case.schedule[start].depends_on)
    while ahead:
        name = ahead.pop()
        if name == start:
            return True
        if name not in seen and name in use_case.schedule:
            seen.add(name)
            ahead += use_case.schedule[name].depends_on
    return False


def _features(use_case: UseCase, *, has_sql: bool) -> Iterator[Finding]:
    for index, name in enumerate(use_case.features):
        place: Location = ("features", index)
        if name in use_case.features[:index]:
            yield place, f"feature {name!r} stands here a second time.", "Remove one."
        elif name == use_case.target:
            yield place, f"feature {name!r} is the target.", "Remove it."
        elif name in use_case.pii_columns:
            yield place, f"feature {name!r} holds personal data.", "Remove it or its role."
        elif not has_sql and name not in use_case.columns:
            what = f"feature {name!r} is no column, and there is no {FEATURES_FILE}."
            yield place, what, _one_of(c for c in use_case.columns if c != use_case.target)


def _time_and_split(use_case: UseCase) -> Iterator[Finding]:
    try:
        ZoneInfo(use_case.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        what = f"time zone {use_case.time_zone!r} is unknown."
        yield ("time_zone",), what, "Use an IANA name such as UTC or Europe/Zurich."
    column = use_case.columns.get(use_case.time_column)
    if column and column.type != "timestamp":
        what = f"the time column {use_case.time_column!r} is of type {column.type}."
        yield ("columns", use_case.time_column, "type"), what, "Make it timestamp."
    split = use_case.split
    if split.by == "time" and not use_case.time_column:
        what = "a split by time needs a time column."
        yield ("split",), what, "Set time_column, or `split: {by: hash}`."
    if split.by == "hash" and split.validation_share + split.test_share >= 1:
        what = "validation_share and test_share leave no rows to train on."
        yield ("split",), what, "Make their sum less than 1."
    if use_case.evaluation.exclude_known and not (use_case.entity and use_case.time_column):
        what = "exclude_known needs an entity and a time column."
        yield ("evaluation", "exclude_known"), what, "Set entity and time_column, or remove it."
    if use_case.evaluation.exclude_known and use_case.task != "binary":
        what = f"exclude_known has no meaning for a {use_case.task} task."
        yield ("evaluation", "exclude_known"), what, "Remove it."


def _champion(use_case: UseCase) -> Iterator[Finding]:
    champion = use_case.champion
    if champion.metric and champion.metric not in use_case.metrics:
        what = f"champion metric {champion.metric!r} is unknown."
        yield ("champion", "metric"), what, _one_of(use_case.metrics)
    if champion.rule == "not_worse" and not champion.margin:
        what = "not_worse without a margin asks for a proof of no loss at all."
        yield ("champion", "margin"), what, "Set the loss that is borne, or `rule: better`."
    columns = [name for name in use_case.columns if name != use_case.target]
    known = [each for each in (*columns, *use_case.features) if each not in use_case.pii_columns]
    for index, each in enumerate(use_case.slices):
        place: Location = ("slices", index)
        if bool(each.column) == bool(each.where):
            what = f"the slice {each.name!r} is told in exactly one way."
            yield place, what, "Give one of `column` and `where`."
        elif each.column and each.column not in known:
            what = f"the slice's column {each.column!r} is neither a column nor a feature."
            yield (*place, "column"), what, _one_of(known)
        if each.name in [other.name for other in use_case.slices[:index]]:
            yield (*place, "name"), f"the slice {each.name!r} stands here twice.", "Rename one."


def _metrics(use_case: UseCase) -> Iterator[Finding]:
    names = use_case.metrics
    if use_case.metric not in names:
        yield ("metric",), f"metric {use_case.metric!r} is unknown.", _one_of(names)
    for index, gate in enumerate(use_case.gates):
        if gate.metric not in names:
            what = f"gate metric {gate.metric!r} is unknown."
            yield ("gates", index, "metric"), what, _one_of(names)
        if gate.minimum is None and gate.maximum is None and not gate.not_worse_than_baseline:
            what = f"the gate on {gate.metric!r} has no limit."
            yield ("gates", index), what, "Set minimum, maximum or not_worse_than_baseline."
    groups = [name for name in (use_case.entity, use_case.segment, *use_case.key) if name]
    for index, each in enumerate(use_case.evaluation.precision_at_k):
        place: Location = ("evaluation", "precision_at_k", index)
        if use_case.task != "binary":
            what = f"precision at k has no meaning for a {use_case.task} task."
            yield place, what, "Remove it."
        if each.group not in groups:
            yield (*place, "group"), f"group {each.group!r} is unknown.", _one_of(groups)
        if each.per == "day" and not use_case.time_column:
            yield (*place, "per"), "`per: day` needs a time column.", "Use `per: all`."

import pytest

from penstock.errors import UseCaseError
from penstock.use_case import UseCase, parse_use_case

MINIMAL = """\
name: tiny
task: binary
key: [id]
target: y
columns:
  id: {type: integer}
  x: {type: float}
  kind: {type: string}
  at: {type: timestamp}
  y: {type: integer}
features: [x]
split: {by: hash}
metric: roc_auc
candidates: {xgboost: {}}
"""
TABLES = """\
tables:
  machines:
    key: [machine]
    columns: {machine: {type: string}}
  events:
    key: [machine, happened_at]
    time_column: happened_at
    columns: {machine: {type: string}, happened_at: {type: timestamp}}
"""


def problems_of(more: str, *, has_rows_sql: bool = False, text: str = MINIMAL) -> str:
    with pytest.raises(UseCaseError) as error:
        parse_use_case(text + more, file="u.yaml", has_sql=False, has_rows_sql=has_rows_sql)
    return str(error.value)


def accepted(more: str, *, has_rows_sql: bool = False) -> UseCase:
    return parse_use_case(MINIMAL + more, file="u.yaml", has_sql=False, has_rows_sql=has_rows_sql)


def test_settings_that_fit_one_another_are_accepted():
    found = accepted(
        "time_column: at\nsegment: kind\nentity: id\nsegments: {file: kinds.txt}\n"
        "inference: {group: kind, reasons: 3, sinks: [decisions, 'source#decisions']}\n"
        "schedule: {training: {at: '03:00'}, inference: {depends_on: [training]}}\n"
    )
    assert found.segments is not None
    assert found.segments.file == "kinds.txt"
    assert found.inference.sinks == ["decisions", "source#decisions"]
    assert found.schedule["inference"].depends_on == ["training"]
    assert list(accepted("time_column: at\n" + TABLES, has_rows_sql=True).tables) != []


def test_tables_need_rows_sql_and_a_time():
    assert problems_of(TABLES) == (
        "u.yaml:15: there are tables, but no rows.sql that makes rows of them. "
        "Write rows.sql beside the use case.\n"
        "u.yaml:15: decisions out of several tables need a time. Set time_column."
    )


def test_rows_sql_needs_tables():
    assert problems_of("", has_rows_sql=True) == (
        "u.yaml:1: there is a rows.sql, but no table for it to read. "
        "Declare `tables`, or remove the file."
    )


def test_keys_and_times_of_tables_are_columns_of_them():
    tables = (
        "time_column: at\n"
        "tables:\n"
        "  machines:\n"
        "    key: [machin]\n"
        "    columns: {machine: {type: string}, age: {type: integer}}\n"
        "    time_column: bought\n"
        "  events:\n"
        "    time_column: happened_at\n"
        "    columns: {happened_at: {type: string}}\n"
    )
    assert problems_of(tables, has_rows_sql=True) == (
        "u.yaml:18: key 'machin' is no column of the table 'machines'. Use one of: machine, age.\n"
        "u.yaml:20: time_column 'bought' is no column of the table 'machines'. "
        "Use one of: machine, age.\n"
        "u.yaml:23: the time column 'happened_at' is of type string. Make it timestamp."
    )


def test_a_table_is_called_what_queries_know_nothing_else_by():
    tables = (
        "time_column: at\n"
        "tables:\n"
        "  Source: {columns: {machine: {type: string}}}\n"
        "  events: {columns: {machine: {type: string}}}\n"
        "  Events: {columns: {machine: {type: string}}}\n"
    )
    mend = "Give it another name; `table` is the one in the store."
    assert problems_of(tables, has_rows_sql=True) == (
        "u.yaml:17: a table cannot be called 'Source': queries know something else by that name. "
        f"{mend}\n"
        f"u.yaml:19: to queries the tables 'events' and 'Events' are one. {mend}"
    )


def test_a_window_has_what_it_is_measured_by():
    assert problems_of("source: {window: {rows: rolling, per: entity}}\n") == (
        "u.yaml:15: a rolling window needs a time column. Set time_column, or use all.\n"
        "u.yaml:15: a window per entity needs an entity. Set entity, or use source."
    )
    incremental = "time_column: at\nsource: {window: {rows: incremental}}\n" + TABLES
    assert problems_of(incremental, has_rows_sql=True) == (
        "u.yaml:16: several tables have no common increment. Use all or rolling."
    )


def test_segments_are_named_once_in_one_place_and_by_a_column():
    more = "segments:\n  file: kinds.txt\n  names: [a, b, a]\n"
    assert problems_of(more) == (
        "u.yaml:15: segments need a column to tell them apart. Set segment.\n"
        "u.yaml:15: segments are named both here and in a file. Keep one of `names` and `file`.\n"
        "u.yaml:17: the segment 'a' stands here a second time. Remove one."
    )


def test_decisions_have_a_group_reasons_and_places_that_exist():
    more = (
        "inference:\n"
        "  group: kitchen\n"
        "  reasons: 3\n"
        "  form: csv\n"
        "  sinks:\n"
        "    - decisions\n"
        "    - ' '\n"
        "    - source#\n"
        "    - decisions\n"
    )
    assert problems_of(more) == (
        "u.yaml:16: group 'kitchen' is neither a column nor a feature. "
        "Use one of: id, x, kind, at, y.\n"
        "u.yaml:17: reasons are told where form is parquet, not csv. "
        "Set form: parquet, or reasons: 0.\n"
        "u.yaml:21: ' ' names no place. Name one.\n"
        "u.yaml:22: 'source#' names no place. Name one.\n"
        "u.yaml:23: 'decisions' stands here twice. Remove one."
    )


def test_a_pipeline_starts_in_one_way():
    more = "schedule:\n  training: {}\n  inference: {at: '06:00', depends_on: [training]}\n"
    assert problems_of(more) == (
        "u.yaml:16: the pipeline 'training' has to start in exactly one way. "
        "Give one of `at`, `cron` and `depends_on`.\n"
        "u.yaml:17: the pipeline 'inference' has to start in exactly one way. "
        "Give one of `at`, `cron` and `depends_on`."
    )
    first, _ = problems_of("schedule:\n  training: {at: '24:00'}\n").splitlines()
    assert first == (
        "u.yaml:16: at '24:00' is not written as it must be. "
        "It must match ^(([01]\\d|2[0-3]):[0-5]\\d)?$."
    )


def test_a_cron_is_one_that_eventbridge_takes():
    assert problems_of("schedule:\n  training: {cron: '0 4 * * MON *'}\n") == (
        "u.yaml:16: cron '0 4 * * MON *' needs ? as the day of the month or as the day of the "
        "week, and not as both. Write such as `0 6 ? * MON *`."
    )


def test_a_pipeline_depends_on_scheduled_ones_and_never_on_itself():
    more = (
        "schedule:\n"
        "  a: {depends_on: [b]}\n"
        "  b: {depends_on: [c]}\n"
        "  c: {depends_on: [a]}\n"
        "  d: {depends_on: [a, e]}\n"
    )
    circle = "depends on itself. Break the circle."
    assert problems_of(more) == (
        f"u.yaml:16: the pipeline 'a' {circle}\n"
        f"u.yaml:17: the pipeline 'b' {circle}\n"
        f"u.yaml:18: the pipeline 'c' {circle}\n"
        "u.yaml:19: 'd' depends on 'e', which has no schedule. Use one of: a, b, c, d."
    )


def test_a_champion_rule_and_slices_that_fit_are_accepted():
    found = accepted(
        "champion: {metric: average_precision, rule: not_worse, margin: 0.01, confidence: 0.9}\n"
        "slices:\n"
        "  - {name: kinds, column: kind}\n"
        "  - {name: a feature, column: x}\n"
        "  - {name: late, where: 'x > 3'}\n"
    )
    assert (found.champion.rule, found.champion.margin) == ("not_worse", 0.01)
    assert [each.column or each.where for each in found.slices] == ["kind", "x", "x > 3"]


def test_a_champion_is_compared_by_a_known_metric_and_a_margin_that_can_be_shown():
    assert problems_of("champion:\n  metric: auc\n  rule: not_worse\n  margin: 0.0\n") == (
        "u.yaml:16: champion metric 'auc' is unknown. Use one of: roc_auc, average_precision, "
        "log_loss, brier, calibration_error, accuracy, precision, recall, f1.\n"
        "u.yaml:18: not_worse without a margin asks for a proof of no loss at all. Set the loss "
        "that is borne, or `rule: better`."
    )


def test_a_slice_is_told_once_by_a_column_or_by_a_condition():
    more = (
        "slices:\n"
        "  - {name: both, column: kind, where: x > 3}\n"
        "  - {name: neither}\n"
        "  - {name: unknown, column: colour}\n"
        "  - {name: the target, column: y}\n"
        "  - {name: both, column: kind}\n"
    )
    once, known = "is told in exactly one way. Give one of `column` and `where`.", "id, x, kind, at"
    assert problems_of(more) == (
        f"u.yaml:16: the slice 'both' {once}\n"
        f"u.yaml:17: the slice 'neither' {once}\n"
        "u.yaml:18: the slice's column 'colour' is neither a column nor a feature. "
        f"Use one of: {known}.\n"
        "u.yaml:19: the slice's column 'y' is neither a column nor a feature. "
        f"Use one of: {known}.\n"
        "u.yaml:20: the slice 'both' stands here twice. Rename one."
    )

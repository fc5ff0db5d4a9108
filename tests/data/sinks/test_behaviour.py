"""What every sink promises, whatever store it writes to."""

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.data.sinks import open_sink
from penstock.errors import DataError


def held(sink: Any, **days: Any) -> list[tuple[Any, ...]]:
    table = sink.read(**days)
    if not table.num_columns:
        return []
    columns = ["run_id", "decision_day", "machine", "score"]
    return list(zip(*(table.column(name).to_pylist() for name in columns), strict=True))


def test_an_empty_sink_has_no_rows_and_no_columns(sink_address):
    table = open_sink(sink_address.uri).read()
    assert (table.num_rows, table.num_columns) == (0, 0)


def test_published_rows_are_read_back_in_their_order_with_run_and_day(sink_address, rows):
    sink = open_sink(sink_address.uri)
    published = sink.publish(rows("fraud/2026-05-01", "2026-05-01", [0.3, None, 0.1]))
    assert published.rows == 3
    day = date(2026, 5, 1)
    assert held(sink) == [
        ("fraud/2026-05-01", day, "m0", 0.3),
        ("fraud/2026-05-01", day, "m1", None),
        ("fraud/2026-05-01", day, "m2", 0.1),
    ]
    found = sink.read()
    assert found.schema.names[:2] == ["run_id", "decision_day"]
    assert found.column("decision").to_pylist() == ['maintain, "now"\n', "", None]
    times = [str(value)[:19] for value in found.column("decided_at").to_pylist()]
    assert times == ["2026-05-01 06:00:00"] * 3


def test_a_repeated_run_replaces_its_own_rows_and_leaves_others(sink_address, rows):
    sink = open_sink(sink_address.uri)
    sink.publish(rows("r/1", "2026-05-01", [0.1, 0.2]))
    sink.publish(rows("r/2", "2026-05-02", [0.3, 0.4]))
    sink.publish(rows("r/1", "2026-05-01", [0.9]))
    first, second = date(2026, 5, 1), date(2026, 5, 2)
    assert held(sink) == [
        ("r/1", first, "m0", 0.9),
        ("r/2", second, "m0", 0.3),
        ("r/2", second, "m1", 0.4),
    ]


def test_the_same_rows_again_change_nothing(sink_address, rows):
    sink = open_sink(sink_address.uri)
    publication = rows("r/1", "2026-05-01", [0.1, 0.2])
    first = sink.publish(publication)
    before = held(sink)
    assert sink.publish(publication) == first
    assert held(sink) == before


def test_days_are_chosen_with_both_ends(sink_address, rows):
    sink = open_sink(sink_address.uri)
    for day in range(1, 5):
        sink.publish(rows(f"r/{day}", f"2026-05-0{day}", [day / 10]))
    found = held(sink, first_day=date(2026, 5, 2), last_day=date(2026, 5, 3))
    assert [score for *_, score in found] == [0.2, 0.3]


def test_many_rows_keep_their_order(sink_address, rows):
    sink = open_sink(sink_address.uri)
    scores = [(index * 7919 % 70_001) / 70_001 for index in range(70_001)]
    sink.publish(rows("r/1", "2026-05-01", scores))
    assert sink.read().column("score").to_pylist() == scores


def test_a_column_of_another_type_is_refused_and_what_was_there_stays(sink_address, rows):
    sink = open_sink(sink_address.uri)
    sink.publish(rows("r/1", "2026-05-01", [0.1]))
    before = held(sink)
    wrong = rows("r/2", "2026-05-02", [0.1], machine=pa.array([7]))
    with pytest.raises(DataError, match="machine"):
        sink.publish(wrong)
    assert held(sink) == before


def test_rows_that_have_a_column_of_the_sinks_own_are_refused(sink_address, rows):
    publication = rows("r/1", "2026-05-01", [0.1], run_id=pa.array(["x"]))
    with pytest.raises(DataError) as error:
        open_sink(sink_address.uri).publish(publication)
    assert "the rows have a column 'run_id'" in str(error.value) or "run_id" in str(error.value)


def test_half_written_rows_are_refused_and_nothing_is_published(sink_address, rows):
    sink = open_sink(sink_address.uri)
    sink.publish(rows("r/1", "2026-05-01", [0.1]))
    broken = rows("r/2", "2026-05-02", [0.2])
    broken.rows.write_bytes(broken.rows.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        sink.publish(broken)
    assert [run for run, *_ in held(sink)] == ["r/1"]


def test_no_rows_can_be_published(sink_address, rows):
    sink = open_sink(sink_address.uri)
    sink.publish(rows("r/1", "2026-05-01", [0.1]))
    empty = rows("r/1", "2026-05-01", [])
    assert pq.read_metadata(empty.rows).num_rows == 0
    assert sink.publish(empty).rows == 0
    assert held(sink) == []

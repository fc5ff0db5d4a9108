"""What the lineage of a run says of its rows: the same out of any store and in any order."""

import random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.features.facts import lineage_of, together
from components.features.shape import Shape
from penstock.data.lineage import Lineage
from penstock.use_case.source import Column

COLUMNS = {
    "id": Column(type="integer"),
    "moment": Column(type="timestamp", nullable=True),
    "who": Column(type="string", nullable=True),
    "amount": Column(type="float", nullable=True),
}
SHAPE = Shape("v", COLUMNS, ("id",), "moment", "UTC", 0.0)
Row = tuple[int, str | None, str | None, float | None]


def lineage(rows: list[Row]) -> Lineage:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE v (id BIGINT, moment TIMESTAMP, who VARCHAR, amount DOUBLE)"
        )
        if rows:
            connection.executemany("INSERT INTO v VALUES (?, ?, ?, ?)", rows)
        return lineage_of(connection, "v", SHAPE, Lineage("here", snapshot_to="7"))


cells = st.tuples(
    st.integers(0, 3),
    st.sampled_from([None, "2024-01-01 00:00:00", "2024-01-02 12:00:00.000001"]),
    st.sampled_from([None, "", "a", "b"]),
    st.sampled_from([None, 0.0, 0.1, 1e300]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(cells, max_size=6), st.lists(cells, max_size=6), st.integers(0, 9))
def test_two_digests_are_equal_exactly_where_the_rows_are(one, other, seed):
    shuffled = random.Random(seed).sample(one, len(one))
    assert lineage(one) == lineage(shuffled)
    same = sorted(map(repr, one)) == sorted(map(repr, other))
    assert (lineage(one).digest == lineage(other).digest) == same


def test_a_repeated_row_counts_twice():
    row = (1, None, "a", 0.5)
    digests = {lineage([row] * times).digest for times in range(4)}
    assert len(digests) == 4


def test_the_digest_does_not_change_with_a_version():
    found = lineage([(1, "2024-01-01 10:00:00", "ann", 0.1), (2, None, None, None)])
    assert found == Lineage(
        "here",
        snapshot_to="7",
        time_from="2024-01-01T10:00:00Z",
        time_to="2024-01-01T10:00:00Z",
        rows=2,
        digest="sha256:e6afba146ee9c8c20d8659fe43c9eba1ad358017b6f398b5cd9b68e8ea38ec98",
    )


def test_several_tables_are_told_as_one():
    first = Lineage("s#a", "", "5", "2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z", "", 3, "x")
    second = Lineage("s#b", rows=4, digest="y")
    whole = together("iceberg+sqlite:///w?snapshot=5", [("a", first), ("b", second)])
    assert whole.table == "iceberg+sqlite:///w#a b"
    assert (whole.snapshot_from, whole.snapshot_to, whole.rows) == ("", "a=5", 7)
    assert (whole.snapshot_time, whole.time_from) == (first.snapshot_time, first.time_from)
    assert whole.digest != together("w", [("a", second), ("b", first)]).digest


@pytest.mark.slow
def test_the_digest_of_350_000_rows_takes_less_than_a_second():
    from time import perf_counter

    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE v AS SELECT i AS id, TIMESTAMP '2024-01-01' + to_seconds(i) AS moment, "
            "'w' || i % 5000 AS who, i / 7.0 AS amount FROM range(350000) t(i)"
        )
        start = perf_counter()
        assert lineage_of(connection, "v", SHAPE, Lineage("here")).rows == 350_000
        assert perf_counter() - start < 1

"""What every source promises, whatever store it reads."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.data.batches.opening import open_store
from penstock.data.sources.opening import open_source
from penstock.data.sources.table import EVERYTHING, Request
from penstock.errors import DataError

TIMES = [datetime(2026, 5, day, 23, 30, 0, 123456) for day in (1, 2, 3)]
COLUMNS = {
    "machine": pa.array(['oven "7"\n, new', "", None]),
    "read_at": pa.array(TIMES, pa.timestamp("us")),
    "told_at": pa.array([time.replace(tzinfo=UTC) for time in TIMES], pa.timestamp("us", "UTC")),
    "heat": pa.array([0.1 + 0.2, -1e-300, None], pa.float64()),
    "count": pa.array([2**53 + 1, -7, None], pa.int64()),
    "works": pa.array([True, False, None]),
    "built": pa.array([date(2020, 2, 29), date(1999, 12, 31), None], pa.date32()),
}


def place(store: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if store == "postgresql":
        return str(request.getfixturevalue("postgres_database"))
    return {
        "files": f"{folder}/telemetry",
        "sqlite": f"sqlite:///{folder}/kitchens.db",
        "iceberg": f"iceberg+sqlite://{folder}/lake",
    }[store]


@pytest.fixture(params=["files", "sqlite", "postgresql", "iceberg"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a store whose table `telemetry` holds the three rows."""
    uri = place(request.param, request, tmp_path)
    rows = tmp_path / "rows.parquet"
    pq.write_table(pa.table(COLUMNS), rows)
    open_store(uri).append("first", {"telemetry": [rows]})
    return uri


def read(uri: str, folder: Path, order: str, request: Request = EVERYTHING) -> list[tuple]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    table = open_source(uri, table="telemetry").attach(connection, folder, request)
    query = f"SELECT {', '.join(table.columns)} FROM {table.relation} ORDER BY {order}"
    return connection.execute(query).fetchall()


def cast(uri: str, folder: Path) -> list[tuple]:
    """Return the rows as the types that a use case declares make of them."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    table = open_source(uri, table="telemetry").attach(connection, folder)
    return connection.execute(
        f"""SELECT machine, read_at::TIMESTAMP, told_at::TIMESTAMPTZ::TIMESTAMP, heat::DOUBLE,
        count::BIGINT, works::BOOLEAN, built::DATE FROM {table.relation} ORDER BY 2"""
    ).fetchall()


def test_values_come_as_they_were_stored(source, tmp_path):
    day, other = date(2020, 2, 29), date(1999, 12, 31)
    assert cast(source, tmp_path) == [
        ('oven "7"\n, new', TIMES[0], TIMES[0], 0.1 + 0.2, 2**53 + 1, True, day),
        ("", TIMES[1], TIMES[1], -1e-300, -7, False, other),
        (None, TIMES[2], TIMES[2], None, None, None, None),
    ]


def test_only_columns_that_are_asked_for_come_where_the_store_can_choose(source, tmp_path):
    request = Request(columns=["count", "heat", "no_such"])
    connection = duckdb.connect()
    table = open_source(source, table="telemetry").attach(connection, tmp_path, request)
    assert {"count", "heat"} <= set(table.columns)
    if "://" in source:
        assert set(table.columns) == {"count", "heat"}


@pytest.mark.parametrize("column", ["read_at", "told_at"])
def test_no_row_of_the_asked_time_is_missing(source, column, tmp_path):
    request = Request(columns=["count", column], time_column=column, start=TIMES[1], end=TIMES[2])
    found = read(source, tmp_path, "1", request)
    assert -7 in {value for row in found for value in row if isinstance(value, int)}


def test_a_table_that_is_not_there_is_named_with_its_place(source, tmp_path):
    with pytest.raises(DataError) as error:
        open_source(source, table="telemetri").attach(duckdb.connect(), tmp_path)
    assert "telemetri" in str(error.value)

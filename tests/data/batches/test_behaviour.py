"""What every store of growing tables promises."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.data.batches.opening import open_store
from penstock.data.sources.opening import open_source
from penstock.errors import DataError


@pytest.fixture(params=["files", "sqlite", "postgresql", "iceberg"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_database"))
    return {
        "files": f"{tmp_path}/growing",
        "sqlite": f"sqlite:///{tmp_path}/kitchens.db",
        "iceberg": f"iceberg+sqlite://{tmp_path}/lake",
    }[request.param]


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Return a maker of Parquet files."""

    def make(name: str, values: list[Any]) -> Path:
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"value": pa.array(values)}), path)
        return path

    return make


def held(uri: str, table: str, scratch: Path) -> list[Any]:
    connection = duckdb.connect()
    found = open_source(uri, table=table).attach(connection, scratch)
    query = f"SELECT value FROM {found.relation} ORDER BY 1"
    return [value for (value,) in connection.execute(query).fetchall()]


def test_a_new_store_has_no_batches(uri):
    assert list(open_store(uri).batches()) == []


def test_batches_are_told_in_the_order_they_came(uri, file):
    store = open_store(uri)
    for batch in ("2026-05-02", "2026-05-01", "2026-05-10"):
        assert store.append(batch, {"telemetry": [file(batch, [1, 2])]}) == 2
    assert list(open_store(uri).batches()) == ["2026-05-02", "2026-05-01", "2026-05-10"]


def test_a_batch_reaches_all_its_tables(uri, file, tmp_path):
    tables = {"telemetry": [file("a", [1, 2]), file("b", [3])], "failures": [file("c", [4])]}
    assert open_store(uri).append("2026-05-01", tables) == 4
    assert held(uri, "telemetry", tmp_path) == [1, 2, 3]
    assert held(uri, "failures", tmp_path) == [4]


def test_a_batch_that_is_there_is_not_appended_again(uri, file, tmp_path):
    store = open_store(uri)
    store.append("2026-05-01", {"telemetry": [file("a", [1, 2])]})
    assert store.append("2026-05-01", {"telemetry": [file("b", [3])]}) == 0
    assert held(uri, "telemetry", tmp_path) == [1, 2]
    assert list(store.batches()) == ["2026-05-01"]


def test_a_half_written_file_is_named_and_leaves_nothing_of_its_batch(uri, file, tmp_path):
    store = open_store(uri)
    store.append("2026-05-01", {"telemetry": [file("a", [1, 2])], "failures": [file("b", [3])]})
    broken = file("broken", list(range(1000)))
    broken.write_bytes(broken.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"broken\.parquet"):
        store.append("2026-05-02", {"telemetry": [file("c", [4])], "failures": [broken]})
    assert list(store.batches()) == ["2026-05-01"]
    if not uri.startswith("iceberg"):  # There a batch reaches its tables one after the other.
        assert held(uri, "telemetry", tmp_path) == [1, 2]
    assert store.append("2026-05-02", {"telemetry": [file("c", [4])], "failures": [file("d", [5])]})
    assert held(uri, "telemetry", tmp_path) == [1, 2, 4]
    assert held(uri, "failures", tmp_path) == [3, 5]


def test_the_only_table_of_an_address_needs_no_name(uri, file, tmp_path):
    address = uri if "://" not in uri else f"{uri}#telemetry"
    assert open_store(address).append("2026-05-01", {"": [file("a", [1, 2])]}) == 2
    found = open_source(address).attach(duckdb.connect(), tmp_path)
    assert duckdb.sql(f"SELECT count(*) FROM {found.relation}").fetchall() == [(2,)]

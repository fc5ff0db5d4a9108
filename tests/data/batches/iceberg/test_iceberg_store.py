import subprocess
import sys
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from penstock.data.batches import open_store
from penstock.errors import DataError


@pytest.fixture
def uri(tmp_path):
    return f"iceberg+sqlite://{tmp_path}/lake"


@pytest.fixture
def rows(tmp_path):
    def write(*ids, **more):
        file = tmp_path / f"{len(list(tmp_path.glob('*.parquet')))}.parquet"
        pq.write_table(pa.table({"id": ids, **more}), file)
        return file

    return write


@pytest.fixture
def load(tmp_path):
    def act(name):
        lake = tmp_path / "lake"
        catalog = SqlCatalog("penstock", uri=f"sqlite:///{lake}/catalog.db", warehouse=str(lake))
        return catalog.load_table(name)

    return act


def ids(table):
    return sorted(table.scan().to_arrow()["id"].to_pylist())


def test_a_table_of_the_address_takes_the_empty_name(uri, rows, load):
    store = open_store(f"{uri}#fraud.transactions")
    assert store.append("one", {"": [rows(1), rows(2)]}) == 2
    assert store.append("two", {"fraud.transactions": [rows(3)]}) == 1
    assert store.batches() == ["one", "two"]
    assert ids(load("fraud.transactions")) == [1, 2, 3]
    summary = load("fraud.transactions").current_snapshot().summary
    assert summary["penstock.batch"] == "two"


def test_names_without_a_namespace_are_in_main(uri, rows, load):
    open_store(uri).append("one", {"machines": [rows(1)], "errors": [rows(2)]})
    assert (ids(load("main.machines")), ids(load("main.errors"))) == ([1], [2])


def test_a_batch_without_rows_is_there(uri, rows, load):
    store = open_store(uri)
    assert store.append("one", {"a": [rows(1)]}) == 1
    assert store.append("two", {"a": [rows(*pa.array([], pa.int64()))]}) == 0
    assert store.batches() == ["one", "two"]


def test_times_are_kept_in_microseconds(uri, rows, load):
    nanoseconds = pa.array([datetime(2020, 1, 1)], pa.timestamp("ns"))
    open_store(uri).append("one", {"a": [rows(1, at=nanoseconds)]})
    assert str(load("main.a").schema().find_type("at")) == "timestamp"


class KilledError(BaseException):
    pass


def test_a_batch_that_was_killed_between_its_tables_goes_on_where_it_was(
    uri, rows, load, monkeypatch
):
    store = open_store(uri)
    store.append("one", {"a": [rows(1)], "b": [rows(10)], "c": [rows(100)]})
    second = {"a": [rows(2)], "b": [rows(20)], "c": [rows(200)]}
    commit = SqlCatalog.commit_table

    def die_at_b(self, table, requirements, updates):
        if table.name()[-1] == "b":
            raise KilledError
        return commit(self, table, requirements, updates)

    with monkeypatch.context() as patch:
        patch.setattr(SqlCatalog, "commit_table", die_at_b)
        with pytest.raises(KilledError):
            store.append("two", second)
    assert store.batches() == ["one"]
    assert ids(load("main.a")) == [1, 2]
    assert store.append("two", second) == 2  # b and c
    assert store.append("two", second) == 0
    assert store.batches() == ["one", "two"]
    assert [ids(load(f"main.{name}")) for name in "abc"] == [[1, 2], [10, 20], [100, 200]]


def test_a_batch_stays_known_when_its_snapshot_has_expired(uri, rows, load):
    store = open_store(uri)
    for name, number in (("one", 1), ("two", 2), ("three", 3)):
        store.append(name, {"a": [rows(number)]})
    table = load("main.a")
    old = [each.snapshot_id for each in table.snapshots()][:2]
    table.maintenance.expire_snapshots().by_ids(old).commit()
    assert store.append("one", {"a": [rows(1)]}) == 0
    assert store.batches() == ["one", "two", "three"]
    assert ids(load("main.a")) == [1, 2, 3]


def test_a_batch_that_a_rollback_took_away_can_be_appended_again(uri, rows, load):
    store = open_store(uri)
    store.append("one", {"a": [rows(1)]})
    store.append("two", {"a": [rows(2)]})
    table = load("main.a")
    first = table.snapshots()[0].snapshot_id
    table.manage_snapshots().set_current_snapshot(first).commit()
    assert store.batches() == ["one"]
    assert store.append("two", {"a": [rows(2)]}) == 1
    assert store.batches() == ["one", "two"]
    assert ids(load("main.a")) == [1, 2]


def test_rows_that_do_not_fit_are_appended_to_no_table(uri, rows, load):
    store = open_store(uri)
    store.append("one", {"a": [rows(1)], "b": [rows(1)]})
    with pytest.raises(DataError) as error:
        store.append("two", {"a": [rows(2)], "b": [rows("two")]})
    assert str(error.value) == (
        f"{uri}#main.b: the column 'id' is string here and long in the table. Write the rows as "
        "the table has them, alter the table, or name another."
    )
    assert ids(load("main.a")) == [1]


def test_a_half_written_file_makes_no_table(uri, rows, tmp_path):
    file = rows(1)
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(DataError) as error:
        open_store(uri).append("one", {"a": [file]})
    assert str(error.value).startswith(f"{file}: the rows cannot be read as Parquet: ")
    assert open_store(uri).batches() == []


def test_files_whose_columns_differ_are_named(uri, rows):
    with pytest.raises(DataError) as error:
        open_store(uri).append("one", {"a": [rows(1), rows("one")]})
    assert "the rows cannot be read as Parquet: " in str(error.value)


def test_a_batch_that_another_process_appends_meanwhile_is_appended_once(
    uri, rows, load, monkeypatch, tmp_path
):
    store = open_store(uri)
    store.append("one", {"a": [rows(1)]})
    second = {"a": [rows(2)]}
    commit, others = SqlCatalog.commit_table, []

    def another_first(self, table, requirements, updates):
        if not others:
            others.append(0)
            others.append(open_store(uri).append("two", second))
        return commit(self, table, requirements, updates)

    monkeypatch.setattr(SqlCatalog, "commit_table", another_first)
    assert store.append("two", second) == 0
    assert others == [0, 1]
    assert ids(load("main.a")) == [1, 2]
    assert len(list((tmp_path / "lake").rglob("*.parquet"))) == 2  # its own file is gone again


def test_two_processes_that_append_the_same_batches_append_them_once(uri, rows, load):
    """They make the catalog and the table at the same time, too."""
    files = [str(rows(number)) for number in range(4)]
    code = (
        "import sys, pathlib; from penstock.data.batches import open_store\n"
        "uri, *files = sys.argv[1:]\n"
        "print(sum(open_store(uri).append(f, {'a': [pathlib.Path(f)]}) for f in files))"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, uri, *files], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    appended = [int(process.communicate(timeout=120)[0]) for process in both]
    assert sum(appended) == 4
    assert ids(load("main.a")) == [0, 1, 2, 3]
    assert open_store(uri).batches() == files

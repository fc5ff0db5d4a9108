import resource
import threading
from datetime import date, datetime
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException

from penstock.data.iceberg import catalog as catalogs
from penstock.data.iceberg.committing import ATTEMPTS
from penstock.data.sinks import Publication, open_sink
from penstock.errors import DataError, ServiceError, WorkError

DAY, NEXT = date(2020, 1, 2), date(2020, 1, 3)
RUN, OTHER = "fraud/2020-01-02", "fraud/2020-01-03"


@pytest.fixture
def uri(tmp_path):
    return f"iceberg+sqlite://{tmp_path}/lake#main.decisions"


@pytest.fixture
def publish(uri, tmp_path):
    def act(ids, run=RUN, day=DAY, to=uri, **more):
        file = tmp_path / f"{uuid4()}.parquet"
        pq.write_table(pa.table({"id": ids, **more}), file)
        return open_sink(to).publish(Publication(file, run, day))

    return act


@pytest.fixture
def load(tmp_path):
    def act():
        lake = tmp_path / "lake"
        catalog = SqlCatalog("penstock", uri=f"sqlite:///{lake}/catalog.db", warehouse=str(lake))
        return catalog.load_table("main.decisions")

    return act


def ids(uri):
    return open_sink(uri).read()["id"].to_pylist()


def data_files(tmp_path):
    return set((tmp_path / "lake").rglob("*.parquet"))


def test_a_run_is_one_snapshot_of_a_table_partitioned_by_day(publish, load, uri):
    publish(["a", "b"])
    publish(["c"], OTHER, NEXT)
    publish(["d"])
    table = load()
    snapshots = [
        (each.summary.operation.value, each.summary["penstock.run"]) for each in table.snapshots()
    ]
    assert snapshots == [("append", RUN), ("append", OTHER), ("overwrite", RUN)]
    assert [field.name for field in table.spec().fields] == ["decision_day"]
    assert ids(uri) == ["d", "c"]


def test_times_are_kept_in_microseconds(publish, uri):
    nanoseconds = pa.array([datetime(2020, 1, 1)], pa.timestamp("ns"))
    publish(["a"], at=nanoseconds)
    assert open_sink(uri).read().schema == pa.schema(
        [
            ("run_id", pa.string()),
            ("decision_day", pa.date32()),
            ("id", pa.string()),
            ("at", pa.timestamp("us")),
        ]
    )


def test_in_the_mode_append_a_repeated_run_commits_nothing(publish, load, uri):
    appending = uri.replace("#", "?mode=append#")
    publish(["a", "b"], to=appending)
    first = load().current_snapshot().snapshot_id
    publish(["b", "a"], to=appending)
    assert load().current_snapshot().snapshot_id == first
    publish(["b", "a", "a"], to=appending)
    assert load().current_snapshot().snapshot_id != first
    assert ids(uri) == ["b", "a", "a"]
    publish(["b", "a", "a"], day=NEXT, to=appending)  # the same run for another day
    assert open_sink(uri).read()["decision_day"].to_pylist() == [NEXT] * 3


def test_an_unknown_mode_is_refused(publish, uri):
    address = uri.replace("#", "?mode=upsert#")
    with pytest.raises(DataError) as error:
        publish(["a"], to=address)
    assert str(error.value) == (
        f"{address}: the mode 'upsert' is unknown. Use one of: overwrite, append."
    )


def test_rows_of_other_runs_stay_where_a_compaction_mixed_their_files(publish, load, uri):
    publish(["a", "b"])
    publish(["c"], "other/2020-01-02")
    table = load()
    table.overwrite(table.scan().to_arrow())
    assert len(list(load().scan().plan_files())) == 1
    publish(["d"])
    assert sorted(ids(uri)) == ["c", "d"]
    publish(["e"], "other/2020-01-02")
    assert sorted(ids(uri)) == ["d", "e"]


def test_runs_whose_names_begin_alike_are_told_apart_in_foreign_tables(publish, load, uri):
    publish(["a"], "a-long-name-of-a-group/2020-01-02")
    table = load()
    with table.transaction() as change:
        change.remove_properties("write.metadata.metrics.column.run_id")
    publish(["b"], "a-long-name-of-a-group/2020-01-03")
    publish(["c"], "a-long-name-of-a-group/2020-01-04")
    publish(["d"], "a-long-name-of-a-group/2020-01-03")
    assert sorted(ids(uri)) == ["a", "c", "d"]


def test_rows_that_do_not_fit_are_refused_and_every_column_is_named(publish, uri):
    publish(["a"], score=[0.5], hour=[1])
    with pytest.raises(DataError) as error:
        publish([1], score=["high"], reason=["x"])
    remedy = "Write the rows as the table has them, alter the table, or name another."
    assert str(error.value) == (
        f"{uri}: the table has no column 'reason'. {remedy}\n"
        f"{uri}: the rows have no column 'hour'. {remedy}\n"
        f"{uri}: the column 'id' is long here and string in the table. {remedy}\n"
        f"{uri}: the column 'score' is string here and double in the table. {remedy}"
    )
    assert ids(uri) == ["a"]


def test_a_column_that_the_sink_adds_is_refused(publish, uri):
    with pytest.raises(DataError) as error:
        publish(["a"], run_id=["mine"])
    assert str(error.value) == (
        f"{uri}: the rows have a column 'run_id', which the sink adds. Rename it."
    )


def test_a_narrower_number_fits_a_wider_column(publish, uri):
    publish(["a"], n=pa.array([1], pa.int64()))
    publish(["b"], OTHER, NEXT, n=pa.array([2], pa.int8()))
    publish(["c"], "fraud/4", NEXT, n=pa.array([None], pa.null()))
    assert open_sink(uri).read()["n"].to_pylist() == [1, 2, None]


def test_a_run_without_rows_takes_its_earlier_ones_away(publish, uri):
    publish(["a"])
    publish(["b"], OTHER, NEXT)
    assert publish(pa.array([], pa.string())).rows == 0
    assert ids(uri) == ["b"]


def test_writers_at_the_same_time_all_publish(publish, uri):
    publish(["first"], "fraud/0", DAY)
    names = [f"fraud/{number}" for number in range(1, 6)]
    threads = [threading.Thread(target=publish, args=([name], name, DAY)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(uri)) == ["first", *names]


def commit_that(monkeypatch, before=lambda: None, after=lambda: None):
    """Let something happen around the commits of all SQLite catalogs."""
    commit = SqlCatalog.commit_table

    def act(self, table, requirements, updates):
        before()
        response = commit(self, table, requirements, updates)
        after()
        return response

    monkeypatch.setattr(SqlCatalog, "commit_table", act)


class KilledError(BaseException):
    pass


def killed():
    raise KilledError


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_is_killed_around_its_commit_and_repeated_is_there_once(
    publish, uri, monkeypatch, moment
):
    publish(["a"])
    publish(["b"], OTHER, NEXT)
    with monkeypatch.context() as patch:
        commit_that(patch, **{moment: killed})
        with pytest.raises(KilledError):
            publish(["c", "d"])
    assert ids(uri) == (["a", "b"] if moment == "before" else ["c", "d", "b"])
    publish(["c", "d"])
    assert ids(uri) == ["c", "d", "b"]


def test_a_commit_whose_answer_is_lost_is_not_repeated(publish, load, uri, monkeypatch):
    publish(["a"])
    answers = iter([True])

    def lose():
        if next(answers, False):
            raise CommitStateUnknownException

    commit_that(monkeypatch, after=lose)
    publish(["b"])
    assert ids(uri) == ["b"]
    assert len(load().snapshots()) == 2


def test_when_others_are_always_faster_nothing_is_left_behind(publish, uri, monkeypatch, tmp_path):
    publish(["a"])
    files, tries = data_files(tmp_path), []

    def lose():
        tries.append(1)
        raise CommitFailedException("branch main has changed")

    monkeypatch.setattr(catalogs.time, "sleep", lambda seconds: None)
    commit_that(monkeypatch, before=lose)
    with pytest.raises(ServiceError) as error:
        publish(["b"])
    assert str(error.value) == (
        f"{uri}: others committed to the table all the time, and nothing was committed here. Run "
        "it again when fewer writers are at work."
    )
    assert len(tries) == ATTEMPTS
    assert data_files(tmp_path) == files
    assert ids(uri) == ["a"]


def test_a_disk_that_fills_leaves_what_was_published(publish, uri, tmp_path):
    publish(["a"], text=["x"])
    files = data_files(tmp_path)
    big = pa.table(
        {"id": [str(n) for n in range(50_000)], "text": [str(n * 7919) for n in range(50_000)]}
    )
    pq.write_table(big, tmp_path / "big.parquet")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(WorkError) as error:
            open_sink(uri).publish(Publication(tmp_path / "big.parquet", RUN, DAY))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(error.value) == (
        f"{uri}: the disk is full; nothing was committed, and the table is as it was. Make room "
        "and run it again."
    )
    assert ids(uri) == ["a"]
    assert len(data_files(tmp_path)) <= len(files) + 1


def test_half_written_rows_are_named(publish, uri, tmp_path):
    publish(["a"])
    half = tmp_path / "half.parquet"
    half.write_bytes(next(tmp_path.glob("*-*.parquet")).read_bytes()[:50])
    with pytest.raises(DataError) as error:
        open_sink(uri).publish(Publication(half, RUN, DAY))
    assert str(error.value).startswith(f"{half}: the rows cannot be read as Parquet: ")
    assert str(error.value).endswith(" Write the file again.")
    assert ids(uri) == ["a"]

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
)
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.typedef import Record
from pyiceberg.types import LongType, StringType

from penstock.data.sources import Request, open_source
from penstock.errors import DataError

COLUMNS = pa.schema(
    [("id", pa.int32()), ("at", pa.timestamp("us")), ("note", pa.string()), ("x", pa.float64())]
)
FULL_READ = "Read the whole table instead (--window all)."


class Lake:
    """A table `main.rows` and how tests read it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True)
        self.catalog = SqlCatalog(
            "penstock", uri=f"sqlite:///{folder}/catalog.db", warehouse=str(folder)
        )
        self.catalog.create_namespace("main")
        self.table = self.catalog.create_table("main.rows", schema=COLUMNS)
        self.connection = duckdb.connect()

    def append(self, *ids: int, day: int = 1) -> str:
        columns = {
            "id": list(ids),
            "at": [datetime(2020, 1, day)] * len(ids),
            "note": [f"n{each}" for each in ids],
            "x": [each / 2 for each in ids],
        }
        self.table.append(pa.table(columns, schema=COLUMNS))
        return self.snapshot

    @property
    def snapshot(self) -> str:
        return str(self.table.current_snapshot().snapshot_id)

    def uri(self, **options: str) -> str:
        asked = "&".join(f"{name}={value}" for name, value in options.items())
        return f"iceberg+sqlite://{self.folder}{'?' if asked else ''}{asked}#main.rows"

    def attach(self, request=None, **options: str):
        source = open_source(self.uri(**options))
        return source.attach(self.connection, self.scratch, request or Request())

    def rows(self, request=None, what: str = "relation", **options: str):
        relation = getattr(self.attach(request, **options), what)
        return self.connection.execute(f"SELECT * FROM {relation} ORDER BY ALL").fetchall()

    def ids(self, request=None, what: str = "relation", **options: str):
        return [row[0] for row in self.rows(request, what, **options)]


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "a lake [1]*")


@pytest.fixture
def plain(tmp_path):
    return Lake(tmp_path / "lake")


def test_a_snapshot_is_read_again_whatever_came_since(plain):
    first = plain.append(1, 2)
    plain.append(3)
    plain.table.delete("id = 1")
    assert plain.ids(snapshot=first) == [1, 2]
    assert plain.ids() == [2, 3]
    lineage = plain.attach(snapshot=first).lineage
    assert lineage.table == plain.uri()
    assert (lineage.snapshot_from, lineage.snapshot_to) == ("", first)
    committed = datetime.fromtimestamp(plain.table.snapshots()[0].timestamp_ms / 1000, UTC)
    assert lineage.snapshot_time == committed.isoformat(timespec="milliseconds")[:-6] + "Z"


def test_columns_and_days_are_chosen_and_absent_columns_are_left_out(plain):
    plain.append(1, day=1)
    plain.append(2, day=2)
    plain.append(3, day=3)
    asked = Request(["x", "id", "none"], "at", datetime(2020, 1, 2), datetime(2020, 1, 3))
    table = plain.attach(asked)
    assert dict(table.columns) == {"id": "INTEGER", "x": "DOUBLE"}
    assert plain.rows(asked) == [(2, 1.0)]
    assert table.relation.count(".parquet") == 1  # files of other days are never opened


def test_a_folder_with_the_signs_of_patterns_is_one_folder(lake):
    lake.append(1, 2)
    assert lake.ids() == [1, 2]


def test_columns_are_matched_by_id_through_every_change_of_the_schema(plain):
    first = plain.append(1)
    with plain.table.update_schema() as change:
        change.rename_column("note", "text")
        change.update_column("id", LongType())
        change.delete_column("x")
    with plain.table.update_schema() as change:
        change.add_column("x", StringType())
    plain.table.append(
        pa.table({"id": [5_000_000_000], "at": [datetime(2020, 1, 2)], "text": ["b"], "x": ["new"]})
    )
    assert dict(plain.attach().columns) == {
        "id": "BIGINT",
        "at": "TIMESTAMP",
        "text": "VARCHAR",
        "x": "VARCHAR",
    }
    assert plain.rows() == [
        (1, datetime(2020, 1, 1), "n1", None),
        (5_000_000_000, datetime(2020, 1, 2), "b", "new"),
    ]
    assert plain.rows(snapshot=first) == [(1, datetime(2020, 1, 1), "n1", 0.5)]
    assert plain.rows(since=first)[0][0] == 5_000_000_000


def test_files_without_field_ids_are_matched_by_the_names_of_the_table(plain):
    plain.append(1)
    file = plain.folder / "foreign.parquet"
    columns = {"id": [2], "at": [datetime(2020, 1, 1)], "note": ["n2"], "x": [1.0]}
    pq.write_table(pa.table(columns, schema=COLUMNS), file)
    plain.table.add_files([str(file)])
    assert plain.rows() == [
        (1, datetime(2020, 1, 1), "n1", 0.5),
        (2, datetime(2020, 1, 1), "n2", 1.0),
    ]


def test_nested_columns_and_zones_are_read(plain):
    schema = pa.schema(
        [("id", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("tags", pa.list_(pa.string()))]
    )
    plain.catalog.drop_table("main.rows")
    plain.table = plain.catalog.create_table("main.rows", schema=schema)
    assert dict(plain.attach().columns)["tags"] == "VARCHAR[]"
    noon = datetime(2020, 1, 1, 12, tzinfo=UTC)
    plain.table.append(pa.table({"id": [1], "at": [noon], "tags": [["a", "b"]]}, schema=schema))
    asked = Request(time_column="at", start=datetime(2020, 1, 1, 12), end=datetime(2020, 1, 1, 13))
    assert plain.rows(asked) == [(1, noon, ["a", "b"])]
    assert plain.rows(Request(time_column="at", end=datetime(2020, 1, 1, 12))) == []


def test_an_increment_comes_with_the_history_before_it(plain):
    plain.append(1, day=1)
    plain.append(2, day=5)
    since = plain.append(3, day=9)
    plain.append(4, 5, day=12)
    asked = Request(["id"], "at", history_days=7)
    assert plain.ids(asked, since=since) == [4, 5]
    assert plain.ids(asked, "history", since=since) == [2, 3]
    assert plain.ids(Request(["id"], "at"), "history", since=since) == [1, 2, 3]
    assert plain.attach(asked).history == ""
    lineage = plain.attach(asked, since=since).lineage
    assert (lineage.snapshot_from, lineage.snapshot_to) == (since, plain.snapshot)


def test_an_increment_without_rows_is_a_table_without_rows(plain):
    since = plain.append(1)
    table = plain.attach(since=since)
    assert dict(table.columns)["id"] == "INTEGER"
    assert plain.rows(since=since) == []
    assert plain.ids(None, "history", since=since) == [1]


def test_a_table_without_a_snapshot_has_no_rows(plain):
    assert dict(plain.attach().columns)["at"] == "TIMESTAMP"
    assert plain.rows() == []
    assert plain.attach().lineage.snapshot_to == ""


def test_rewritten_files_give_only_the_rows_that_are_new(plain):
    plain.append(1, 2)
    since = plain.append(2, 2)
    plain.append(2, 3)
    plain.table.overwrite(plain.table.scan().to_arrow())  # as a compaction does
    assert plain.ids(since=since) == [2, 3]
    assert plain.ids(Request(["id"], "at", datetime(2020, 1, 2)), since=since) == []


def test_an_increment_over_deleted_rows_offers_the_full_read(plain):
    since = plain.append(1, 2, 3)
    plain.append(4, 5, 6)
    plain.table.delete("id <= 2")
    with pytest.raises(DataError) as error:
        plain.rows(since=since)
    assert str(error.value) == (
        f"{plain.uri(since=since)}: 2 rows that an earlier run may have read were deleted or "
        "changed since; what was added cannot be told from what was replaced. " + FULL_READ
    )


def test_an_increment_over_a_changed_row_offers_the_full_read(plain):
    since = plain.append(1, 2)
    changed = plain.table.scan().to_arrow()
    changed = changed.set_column(3, "x", pa.array([9.0, 1.0]))
    plain.table.overwrite(changed)
    with pytest.raises(DataError) as error:
        plain.rows(Request(["id"]), since=since)  # whichever columns are asked for
    assert str(error.value).startswith(f"{plain.uri(since=since)}: 1 rows that an earlier run may")


@pytest.mark.parametrize("option", ["snapshot", "since"])
def test_an_expired_snapshot_is_named(plain, option):
    old = plain.append(1)
    plain.append(2)
    plain.table.maintenance.expire_snapshots().by_id(int(old)).commit()
    remedy = FULL_READ if option == "since" else "Read a snapshot that is there."
    with pytest.raises(DataError) as error:
        plain.rows(**{option: old})
    assert str(error.value) == (
        f"{plain.uri(**{option: old})}: there is no snapshot {old}: it has expired, or the table "
        f"was dropped and made again. {remedy}"
    )


def test_a_snapshot_of_a_table_that_was_made_again_is_told_from_an_expired_one(plain):
    old = plain.append(1)
    plain.catalog.drop_table("main.rows")
    plain.table = plain.catalog.create_table("main.rows", schema=COLUMNS)
    plain.append(1)
    with pytest.raises(DataError) as error:
        plain.rows(since=old)
    assert str(error.value) == (
        f"{plain.uri(since=old)}: there is no snapshot {old}: no snapshot of this table has "
        "expired, so it is of another table, or the table was dropped and made again. " + FULL_READ
    )


def test_a_snapshot_that_a_rollback_took_away_is_no_beginning(plain):
    kept = plain.append(1)
    gone = plain.append(2)
    plain.table.manage_snapshots().set_current_snapshot(int(kept)).commit()
    with pytest.raises(DataError) as error:
        plain.rows(since=gone)
    assert str(error.value) == (
        f"{plain.uri(since=gone)}: snapshot {gone} is no ancestor of {kept} but follows it: the "
        "table was rolled back, or an old snapshot named; what was added cannot be told. "
        + FULL_READ
    )
    new = plain.append(3)
    with pytest.raises(DataError) as error:
        plain.rows(since=gone)
    assert str(error.value) == (
        f"{plain.uri(since=gone)}: snapshot {gone} is no ancestor of {new}: the table was rolled "
        "back, or they are of two branches; what was added cannot be told. " + FULL_READ
    )


def test_expired_snapshots_between_two_do_not_hide_what_was_added(plain):
    since = plain.append(1)
    between = plain.append(2)
    plain.append(3)
    plain.table.maintenance.expire_snapshots().by_id(int(between)).commit()
    assert plain.ids(since=since) == [2, 3]


def test_what_is_no_snapshot_id_is_refused(plain):
    plain.append(1)
    with pytest.raises(DataError) as error:
        plain.rows(snapshot="newest")
    assert str(error.value) == (
        f"{plain.uri(snapshot='newest')}: snapshot='newest' is no snapshot id. Give its number."
    )


def test_no_column_of_those_asked_for_names_what_there_is(plain):
    plain.append(1)
    with pytest.raises(DataError) as error:
        plain.rows(Request(["amount", "hour"]))
    assert str(error.value) == (
        f"{plain.uri()}: the table has none of the columns amount, hour. It has: id, at, note, x."
    )


class DeletesWriter(ManifestWriterV2):
    def content(self):
        return ManifestContent.DELETES

    @property
    def _meta(self):
        return {**super()._meta, "content": "deletes"}


class DeleteRows(_FastAppendFiles):
    """Commits a file that deletes rows of others, as Spark and Flink do and pyiceberg cannot."""

    def _manifests(self):
        parts = (self.spec(0), self.schema(), self.new_manifest_output(), self._snapshot_id, "gzip")
        with DeletesWriter(*parts) as writer:
            for file in self._added_data_files:
                entry = {"status": ManifestEntryStatus.ADDED, "snapshot_id": self._snapshot_id}
                writer.add(ManifestEntry.from_args(**entry, data_file=file))
        return [writer.to_manifest_file(), *self._existing_manifests()]

    def _summary(self, *_):
        return Summary(Operation.DELETE)


def delete_row(lake, path: str, position: int, content=DataFileContent.POSITION_DELETES) -> None:
    file = lake.folder / f"deletes-{position}.parquet"
    ids = {"file_path": b"2147483546", "pos": b"2147483545"}
    kinds = {"file_path": pa.string(), "pos": pa.int64()}
    schema = pa.schema([pa.field(n, kinds[n], False, {b"PARQUET:field_id": ids[n]}) for n in kinds])
    pq.write_table(pa.table({"file_path": [path], "pos": [position]}, schema=schema), file)
    deletes = DataFile.from_args(
        content=content,
        file_path=str(file),
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=1,
        file_size_in_bytes=file.stat().st_size,
        spec_id=0,
        equality_ids=[1] if content == DataFileContent.EQUALITY_DELETES else None,
    )
    with lake.table.transaction() as transaction:
        commit = DeleteRows(Operation.DELETE, transaction, lake.table.io)
        commit.append_data_file(deletes)
        commit.commit()


def test_rows_that_delete_files_delete_are_not_read(plain):
    plain.append(1, 2, 3)
    whole = plain.snapshot
    delete_row(plain, str(data_file(plain)), 1)
    since = plain.snapshot
    plain.append(4)
    assert plain.ids() == [1, 3, 4]
    assert plain.ids(snapshot=whole) == [1, 2, 3]
    assert plain.ids(since=since) == [4]
    assert plain.ids(None, "history", since=since) == [1, 3]
    with pytest.raises(DataError) as error:
        plain.ids(since=whole)
    assert "1 rows that an earlier run may have read were deleted" in str(error.value)


def test_deletes_that_cannot_be_read_say_how_to_mend_the_table(plain):
    plain.append(1, 2, 3)
    delete_row(plain, str(data_file(plain)), 1, DataFileContent.EQUALITY_DELETES)
    with pytest.raises(DataError) as error:
        plain.ids()
    assert str(error.value) == (
        f"{plain.uri()}: the table has equality deletes, which cannot be read yet. Compact it with "
        "the engine that wrote them (Spark: rewrite_data_files)."
    )


def data_file(lake) -> Path:
    (task,) = lake.table.scan().plan_files()
    return Path(task.file.file_path)


def test_a_half_written_file_is_named(plain):
    plain.append(1, 2, 3)
    file = data_file(plain)
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    with pytest.raises(DataError) as error:
        plain.rows()
    assert str(error.value) == (
        f"{plain.uri()}: a file of the table holds 100 bytes of {len(whole)}: {file} "
        "Restore it, or delete it from the table and append its rows again."
    )


def test_a_file_that_is_gone_is_named(plain):
    plain.append(1)
    file = data_file(plain)
    file.unlink()
    with pytest.raises(DataError) as error:
        plain.rows()
    assert str(error.value) == (
        f"{plain.uri()}: a file of the table is gone: {file} "
        "Restore it, or delete it from the table and append its rows again."
    )


def test_an_increment_whose_old_files_were_cleaned_away_offers_the_full_read(plain):
    since = plain.append(1)
    file = data_file(plain)
    plain.table.overwrite(plain.table.scan().to_arrow())
    plain.append(2)
    file.unlink()
    with pytest.raises(DataError) as error:
        plain.rows(since=since)
    assert str(error.value) == (
        f"{plain.uri(since=since)}: a file of the table is gone: {file} {FULL_READ}"
    )
    assert plain.ids() == [1, 2]


def test_a_file_of_other_bytes_is_told(plain):
    plain.append(1)
    file = data_file(plain)
    file.write_bytes(b"\0" * file.stat().st_size)
    with pytest.raises(DataError) as error:
        plain.rows()
    assert str(error.value).startswith(f"{plain.uri()}: a file of the table cannot be read: ")


def test_dates_bound_periods_too(plain):
    schema = pa.schema([("id", pa.int64()), ("day", pa.date32())])
    plain.catalog.drop_table("main.rows")
    plain.table = plain.catalog.create_table("main.rows", schema=schema)
    for day in (1, 2, 3):
        plain.table.append(pa.table({"id": [day], "day": [date(2020, 1, day)]}, schema=schema))
    asked = Request(["id"], "day", datetime(2020, 1, 2), datetime(2020, 1, 3))
    assert plain.ids(asked) == [2]
    since = str(plain.table.snapshots()[1].snapshot_id)
    assert plain.ids(Request(["id"], "day", history_days=1), "history", since=since) == [2]

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from penstock.data.lineage import Lineage
from penstock.data.pinning import Pinned, pin, table_uri
from penstock.errors import DataError

ONE = pa.table({"id": [1, 2]})


@pytest.fixture
def table(tmp_path):
    catalog = SqlCatalog(
        "penstock", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=str(tmp_path)
    )
    catalog.create_namespace("fraud")
    return catalog.create_table("fraud.rows", schema=ONE.schema)


@pytest.fixture
def uri(tmp_path):
    return f"iceberg+sqlite://{tmp_path}#fraud.rows"


def text(time):
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def current(table):
    return str(table.current_snapshot().snapshot_id)


def test_the_current_snapshot_is_written_into_the_address(table, uri):
    table.append(ONE)
    snapshot = current(table)
    time = datetime.fromtimestamp(table.current_snapshot().timestamp_ms / 1000, UTC)
    pinned = pin(uri)
    assert pinned == Pinned(
        uri.replace("#", f"?snapshot={snapshot}#"),
        Lineage(uri, "", snapshot, text(time)),
    )
    table.append(ONE)
    assert pin(pinned.uri) == pinned  # what is pinned stays so
    assert pin(uri).lineage.snapshot_to == current(table) != snapshot


def test_an_increment_is_pinned_at_both_ends(table, uri):
    table.append(ONE)
    since = current(table)
    assert pin(uri, since=since).is_empty_increment
    table.append(ONE)
    pinned = pin(uri, since=since)
    assert pinned.uri == uri.replace("#", f"?since={since}&snapshot={current(table)}#")
    assert (pinned.lineage.table, pinned.lineage.snapshot_from) == (uri, since)
    assert not pinned.is_empty_increment
    assert pin(pinned.uri) == pinned


def test_a_run_is_pinned_to_a_snapshot_or_a_time_of_the_past(table, uri):
    table.append(ONE)
    first = table.current_snapshot()
    table.append(ONE)
    time = datetime.fromtimestamp(first.timestamp_ms / 1000, UTC)
    wanted = str(first.snapshot_id)
    assert pin(uri, as_of=wanted).lineage.snapshot_to == wanted
    assert pin(uri, as_of=text(time)).lineage.snapshot_to == wanted
    assert pin(uri, as_of=time.replace(tzinfo=None).isoformat()).lineage.snapshot_to == wanted
    assert pin(uri, as_of="2999-01-01").lineage.snapshot_to == current(table)


def test_a_time_before_the_first_snapshot_names_the_oldest(table, uri):
    table.append(ONE)
    time = datetime.fromtimestamp(table.current_snapshot().timestamp_ms / 1000, UTC)
    early = time - timedelta(days=1)
    with pytest.raises(DataError) as error:
        pin(uri, as_of=early.isoformat())
    assert str(error.value) == (
        f"{uri}: no snapshot is as old as {text(early)}: the oldest "
        f"is of {text(time)}. Give a later time."
    )


@pytest.mark.parametrize(
    ("as_of", "message"),
    [
        (
            "yesterday",
            "'yesterday' is neither a snapshot id nor a time. Give an id, or a time such as "
            "2018-08-15T06:00:00Z.",
        ),
        (
            "123456",
            "there is no snapshot 123456: no snapshot of this table has expired, so it is of "
            "another table, or the table was dropped and made again. Read a snapshot that is "
            "there.",
        ),
    ],
)
def test_what_is_no_snapshot_is_refused(table, uri, as_of, message):
    table.append(ONE)
    with pytest.raises(DataError) as error:
        pin(uri, as_of=as_of)
    assert str(error.value) == f"{uri}: {message}"


def test_rows_that_are_surely_lost_are_told_before_the_run_starts(table, uri):
    table.append(ONE)
    since = current(table)
    table.delete("id = 1")
    with pytest.raises(DataError) as error:
        pin(uri, since=since)
    assert str(error.value) == (
        f"{uri}: rows that an earlier run may have read were deleted or changed since; what was "
        "added cannot be told from what was replaced. Read the whole table instead (--window all)."
    )


def test_a_table_without_rows_cannot_be_pinned(table, uri):
    with pytest.raises(DataError) as error:
        pin(uri)
    assert str(error.value) == (
        f"{uri}: the table holds no rows yet. Append a batch first (pipeline data new-batch)."
    )


@pytest.mark.parametrize("store", ["/data/rows", "s3://bucket/rows", "sqlite:////a.db#rows"])
def test_a_store_without_snapshots_is_read_as_it_is(store):
    assert pin(store) == Pinned(store, Lineage(store))
    with pytest.raises(DataError) as error:
        pin(store, since="1", as_of="2020-01-01")
    remedy = "Leave it away, or read an Iceberg table (iceberg+sqlite://, ...)."
    assert str(error.value) == (
        f"{store}: since was given, but only Iceberg tables keep snapshots. {remedy}\n"
        f"{store}: as-of was given, but only Iceberg tables keep snapshots. {remedy}"
    )


def test_the_address_of_the_table_is_the_one_lineage_names(table, uri):
    table.append(ONE)
    assert table_uri(pin(uri).uri) == pin(uri).lineage.table == uri
    assert table_uri("s3://bucket/rows?snapshot=1") == "s3://bucket/rows?snapshot=1"


def test_pinning_files_loads_no_library():
    code = (
        "import sys; from penstock.data.pinning import pin; pin('/data/rows');"
        "print([m for m in ('pyiceberg', 'pyarrow', 'duckdb', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

"""The same promises with every kind of catalog."""

from collections import Counter
from datetime import date, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.data.address import parse_address
from penstock.data.batches import open_store
from penstock.data.pinning import pin
from penstock.data.sinks import Publication, open_sink
from penstock.data.sources import open_source
from penstock.errors import DataError, ServiceError

DAY = date(2020, 1, 2)


@pytest.fixture
def rows(tmp_path):
    def write(name, **columns):
        file = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table(columns), file)
        return file

    return write


def with_table(uri, table):
    return str(parse_address(uri).with_table(table))


def read(uri, tmp_path):
    with duckdb.connect() as connection:
        table = open_source(uri).attach(connection, tmp_path)
        return Counter(connection.execute(f"SELECT * FROM {table.relation}").fetchall())


def test_batches_are_appended_once_and_read_by_increments(catalog_uri, rows, tmp_path):
    store, uri = open_store(catalog_uri), with_table(catalog_uri, "fraud.transactions")
    assert store.batches() == []
    first = rows("a", id=[1, 2], at=[datetime(2020, 1, 1)] * 2)
    second = rows("b", id=[3], at=[datetime(2020, 1, 2)])
    assert store.append("2020-01-01", {"fraud.transactions": [first]}) == 2
    seen = pin(uri)
    assert store.append("2020-01-01", {"fraud.transactions": [first]}) == 0
    assert pin(uri, since=seen.lineage.snapshot_to).is_empty_increment
    assert store.append("2020-01-02", {"fraud.transactions": [second]}) == 1
    assert store.batches() == ["2020-01-01", "2020-01-02"]
    new = pin(uri, since=seen.lineage.snapshot_to)
    assert read(new.uri, tmp_path) == Counter([(3, datetime(2020, 1, 2))])
    assert read(seen.uri, tmp_path) == Counter(
        [(1, datetime(2020, 1, 1)), (2, datetime(2020, 1, 1))]
    )
    assert new.lineage.table == uri == seen.lineage.table
    assert new.lineage.snapshot_from == seen.lineage.snapshot_to


def test_a_repeated_run_replaces_its_own_rows(catalog_uri, rows):
    sink = open_sink(with_table(catalog_uri, "decisions"))
    assert sink.read().num_columns == 0
    sink.publish(Publication(rows("a", id=["x", "y"]), "fraud/2020-01-02", DAY))
    sink.publish(Publication(rows("b", id=["z"]), "fraud/2020-01-03", date(2020, 1, 3)))
    published = sink.publish(Publication(rows("c", id=["y", "x"]), "fraud/2020-01-02", DAY))
    assert published.rows == 2
    assert published.place == with_table(catalog_uri, "decisions")
    assert sink.read(last_day=DAY).to_pylist() == [
        {"run_id": "fraud/2020-01-02", "decision_day": DAY, "id": "y"},
        {"run_id": "fraud/2020-01-02", "decision_day": DAY, "id": "x"},
    ]
    assert sink.read()["id"].to_pylist() == ["y", "x", "z"]


def test_a_table_that_is_not_there_is_named(catalog_uri, rows):
    open_store(catalog_uri).append("b", {"fraud.transactions": [rows("a", id=[1])]})
    messages = {
        "fraud.transaction": "Did you mean fraud.transactions?",
        "fraud.day": "It has: fraud.transactions.",
        "other.day": "Its namespaces are: fraud.",
    }
    for table, remedy in messages.items():
        uri = with_table(catalog_uri, table)
        with pytest.raises(DataError) as error:
            pin(uri)
        assert str(error.value) == f"{uri}: the catalog has no table {table}. {remedy}"


def test_a_wrong_token_is_told_without_being_shown(rest, monkeypatch):
    monkeypatch.setenv("PENSTOCK_TEST_TOKEN", "not-the-token")
    uri = f"iceberg+rest://{rest}?scheme=http&token=env:PENSTOCK_TEST_TOKEN#fraud.transactions"
    with pytest.raises(ServiceError) as error:
        pin(uri)
    assert str(error.value) == (
        f"{uri}: the catalog refused: UnauthorizedError: Unauthorized: no Check the address, the "
        "token or credential and their rights."
    )


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (
            "iceberg+rest://127.0.0.1:9?scheme=http#a.b",
            "the catalog could not be reached: ConnectionError. Check the host and the port, and "
            "that the catalog is up.",
        ),
        (
            "iceberg+glue://#a.b",
            "the catalog could not be reached: EndpointConnectionError. Check AWS_ENDPOINT_URL, "
            "the region, the credentials and their rights to Glue and S3.",
        ),
    ],
    ids=["rest", "glue"],
)
def test_a_catalog_that_does_not_answer_is_a_failure_of_the_service(monkeypatch, uri, message):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with pytest.raises(ServiceError) as error:
        pin(uri)
    assert str(error.value) == f"{uri}: {message}"


def test_a_catalog_that_is_no_catalog_is_named(tmp_path):
    (tmp_path / "catalog.db").write_bytes(b"half of a download" * 100)
    uri = f"iceberg+sqlite://{tmp_path}#a.b"
    with pytest.raises(ServiceError) as error:
        pin(uri)
    assert str(error.value) == (
        f"{uri}: the catalog did not answer: file is not a database. See that catalog.db is a "
        "whole SQLite file, may be written and is not held."
    )


def test_reading_makes_no_catalog(tmp_path):
    uri = f"iceberg+sqlite://{tmp_path}/none#a.b"
    with pytest.raises(DataError) as error:
        pin(uri)
    assert str(error.value) == (
        f"{uri}: there is no Iceberg catalog: catalog.db is missing. Append a batch to make one "
        "(pipeline data new-batch), or mend the folder."
    )
    assert not (tmp_path / "none").exists()


def test_a_secret_in_the_address_is_refused_and_not_shown():
    with pytest.raises(DataError) as error:
        pin("iceberg+rest://host/path?token=very-secret&colour=red#a.b")
    assert str(error.value) == (
        "iceberg+rest://host/path: the option 'token' holds no reference to a secret. Use "
        "token=env:NAME or token=aws:SECRET, never the secret itself."
    )


def test_a_folder_has_to_be_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as error:
        pin("iceberg+sqlite://lake#a.b")
    assert str(error.value) == (
        "iceberg+sqlite://lake#a.b: the folder 'lake' is not absolute, so that every job would "
        f"look for it somewhere else. Write iceberg+sqlite://{tmp_path}/lake."
    )


def test_unknown_options_are_named_with_the_nearest():
    uri = "iceberg+sqlite:///somewhere?snapsot=1&colour=red#a.b"
    with pytest.raises(DataError) as error:
        pin(uri)
    assert str(error.value) == (
        f"{uri}: the option 'snapsot' is unknown. Did you mean snapshot?\n"
        f"{uri}: the option 'colour' is unknown. Known are: snapshot, since."
    )

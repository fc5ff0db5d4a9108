import gzip
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from penstock.data.sources import open_source
from penstock.errors import DataError, ServiceError

ROWS = pd.DataFrame({"id": [1, 2, 3], "x": [0.5, 1.5, 2.5]})


def write_parts(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    ROWS[:2].to_parquet(folder / "a.parquet")
    ROWS[2:][["x", "id"]].to_parquet(folder / "b.parquet")


def read(uri: str, scratch: Path, **options: str) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    table = open_source(uri, **options).attach(connection, scratch)
    return connection.execute(f"SELECT id, x FROM {table.relation} ORDER BY ALL").fetchall()


def test_a_file_a_folder_and_a_glob_give_the_same_rows(tmp_path):
    folder = tmp_path / "rows"
    write_parts(folder)
    (folder / "_SUCCESS").touch()
    (folder / ".a.parquet.crc").touch()
    ROWS.to_parquet(tmp_path / "whole.parquet")
    for place in (folder, folder / "*.parquet", f"file://{folder}", tmp_path / "whole.parquet"):
        assert read(str(place), tmp_path) == [(1, 0.5), (2, 1.5), (3, 2.5)]


def test_csv_is_text_and_files_may_differ_in_their_columns_order(tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n1,0.5\n")
    with gzip.open(tmp_path / "b.csv.gz", "wt") as stream:
        stream.write("x,id\n1.5,2\n")
    assert read(str(tmp_path), tmp_path) == [("1", "0.5"), ("2", "1.5")]


def test_a_file_of_another_ending_is_read_as_it_is_told(tmp_path):
    (tmp_path / "rows.txt").write_text("id,x\n1,0.5\n")
    assert read(str(tmp_path / "rows.txt"), tmp_path, file_format="csv") == [("1", "0.5")]


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        ({}, "none", "{}: the source does not exist. Give a file, folder or glob."),
        ({}, "*.csv", "{}: there is no file. Give a file, folder or glob with data."),
        ({"a.txt": b""}, "", "{}: there are 1 files, but none ends in .parquet, .pq, .csv, "
         ".csv.gz, .tsv, .tsv.gz. Give a file, folder or glob with data."),
        ({"a.csv": b"x\n1\n", "b.parquet": b""}, "", "{}: the source mixes formats: 1 parquet and "
         "1 csv files. Set source.format."),
    ],
)  # fmt: skip
def test_a_place_without_data_says_so(tmp_path, files, place, message):
    folder = tmp_path / "rows"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    uri = str(folder / place)
    with pytest.raises(DataError) as error:
        read(uri, tmp_path)
    assert str(error.value) == message.format(uri)


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    file = tmp_path / "a.parquet"
    file.write_bytes(b"not parquet at all")
    with pytest.raises(DataError) as error:
        read(str(file), tmp_path)
    assert str(error.value).startswith(f"{file}: the source cannot be read as parquet: ")
    assert str(error.value).endswith(" Write the file again, or set source.format.")


def test_an_unknown_scheme_is_refused():
    with pytest.raises(DataError) as error:
        open_source("gs://bucket/rows")
    assert str(error.value) == (
        "gs://bucket/rows: the scheme 'gs' of the source is unknown. Use a path, file://, s3://, "
        "sqlite://, postgresql://, iceberg+sqlite://, iceberg+glue://, iceberg+rest://."
    )


@pytest.fixture
def bucket(monkeypatch):
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client("s3")
    client.create_bucket(Bucket="rows")
    yield client
    server.stop()


def test_an_object_a_prefix_and_a_glob_in_s3_give_the_rows(bucket, tmp_path):
    write_parts(tmp_path / "rows")
    for file in (tmp_path / "rows").iterdir():
        bucket.upload_file(str(file), "rows", f"day/{file.name}")
    bucket.put_object(Bucket="rows", Key="day/_SUCCESS", Body=b"")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for place in ("s3://rows/day", "s3://rows/day/", "s3://rows/day/*.parquet", "s3://rows/*/*"):
        assert read(place, scratch) == [(1, 0.5), (2, 1.5), (3, 2.5)]
    assert read("s3://rows/day/a.parquet", scratch) == [(1, 0.5), (2, 1.5)]


def test_what_is_not_in_s3_is_named(bucket, tmp_path):
    for place in ("s3://rows/none", "s3://nowhere/rows"):
        with pytest.raises(DataError) as error:
            read(place, tmp_path)
        assert str(error.value) == (
            f"{place}: there is no object. Give an object, a prefix or a glob with data."
        )


def test_a_store_that_does_not_answer_is_a_failure_of_the_service(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with pytest.raises(ServiceError) as error:
        read("s3://rows/day", tmp_path)
    assert str(error.value) == (
        "s3://rows/day: S3 did not give the source: NETWORK_CONNECTION. Check AWS_ENDPOINT_URL, "
        "the region, the credentials and their right to s3:ListBucket and s3:GetObject."
    )

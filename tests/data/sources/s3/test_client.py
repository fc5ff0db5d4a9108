"""What S3 refuses is told by what it may mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import duckdb
import pytest
from botocore.exceptions import ClientError
from pyarrow import fs

from penstock.data.aws import clients
from penstock.data.sources.s3.client import list_objects
from penstock.data.sources.s3.reader import S3Files
from penstock.errors import DataError, ServiceError

CALL = "return_value.list_objects_v2.side_effect"


class Refusing:
    """A store that has nothing below the key, and refuses to tell of the key itself."""

    def __init__(self, code: str) -> None:
        self._code = code

    def get_file_info(self, asked: Any) -> list[fs.FileInfo]:
        if isinstance(asked, fs.FileSelector):
            return []
        raise OSError(f"AWS Error {self._code} during HeadObject operation: No response body.")


def test_a_key_of_which_s3_does_not_tell_whether_it_is_there_may_be_missing() -> None:
    with pytest.raises(DataError) as refused:
        list_objects(Refusing("ACCESS_DENIED"), "s3://shop/rows")
    assert str(refused.value) == (
        "s3://shop/rows: there is no object, or this one may not be read. "
        "Give an object, a prefix or a glob with data, and the right to s3:GetObject."
    )


def test_another_refusal_is_the_service_s() -> None:
    with pytest.raises(ServiceError) as refused:
        list_objects(Refusing("SLOW_DOWN"), "s3://shop/rows")
    assert str(refused.value) == (
        "s3://shop/rows: S3 did not give the source: SLOW_DOWN. Check AWS_ENDPOINT_URL, the "
        "region, the credentials and their right to s3:ListBucket and s3:GetObject."
    )


class Unlisted:
    """A store that may not be listed, and whose one object may be read, or not even that."""

    def __init__(self, key: str) -> None:
        self._key = key

    def get_file_info(self, asked: Any) -> fs.FileInfo:
        if isinstance(asked, fs.FileSelector):
            raise OSError("AWS Error ACCESS_DENIED during ListObjectsV2 operation: no.")
        if asked != self._key:
            raise OSError("AWS Error ACCESS_DENIED during HeadObject operation: no.")
        return fs.FileInfo(asked, fs.FileType.File)


def test_who_may_read_an_object_reads_it_without_the_right_to_list() -> None:
    assert list_objects(Unlisted("shop/rows.csv"), "s3://shop/rows.csv") == ["shop/rows.csv"]


def test_who_may_neither_list_nor_read_is_told_the_rights() -> None:
    with pytest.raises(ServiceError) as refused:
        list_objects(Unlisted("shop/rows.csv"), "s3://shop/rows")
    assert str(refused.value) == (
        "s3://shop/rows: S3 did not give the source: ACCESS_DENIED. Check AWS_ENDPOINT_URL, the "
        "region, the credentials and their right to s3:ListBucket and s3:GetObject."
    )


@pytest.fixture
def both(s3_bucket: str) -> str:
    """An object, and others below its key."""
    import boto3

    put = boto3.session.Session().client("s3").put_object
    for key in ("rows", "rows/a.csv"):
        put(Bucket=s3_bucket.removeprefix("s3://"), Key=key, Body=b"id\n1\n")
    return f"{s3_bucket}/rows"


def attach(uri: str, folder: Path) -> int:
    connection = duckdb.connect()
    table = S3Files(uri, "csv").attach(connection, folder)
    (found,) = connection.execute(f"SELECT count(*) FROM {table.relation}").fetchall()
    return int(found[0])


def test_an_address_that_is_an_object_s_and_a_folder_s_is_refused(
    both: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError) as refused:
        attach(both, tmp_path)
    assert str(refused.value) == (
        f"{both}: there is an object of this key, and others below it as in a folder. Name the "
        f"folder with a slash at the end ({both}/), or move the object or the folder away."
    )


@pytest.mark.parametrize("rest", ["/", "/*.csv", "/a.csv"])
def test_an_address_that_says_which_is_read(both: str, tmp_path: Path, rest: str) -> None:
    assert attach(f"{both}{rest}", tmp_path) == 1


def test_a_key_that_others_only_begin_with_is_no_folder(both: str, tmp_path: Path) -> None:
    # "rows" and "rows/a.csv" begin with "row".
    with pytest.raises(DataError, match="there is no object"):
        attach(both[:-1], tmp_path)


def test_who_may_list_only_below_a_key_means_the_folder(
    both: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ClientError({"Error": {"Code": "AccessDenied"}}, "ListObjectsV2")
    monkeypatch.setattr(clients, "open_client", Mock(**{CALL: refused}))
    assert attach(both, tmp_path) == 1

"""What S3 refuses is told by what it may mean."""

from __future__ import annotations

from typing import Any

import pytest
from pyarrow import fs

from penstock.data.sources.s3.client import list_objects
from penstock.errors import DataError, ServiceError


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

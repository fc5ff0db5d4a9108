"""Code assets in S3: written once, never over other bytes."""

import boto3
import pytest

from penstock.deployment.uploading import CodeFolder
from penstock.errors import ServiceError


def test_what_is_there_is_not_uploaded_again(s3_bucket):
    folder = CodeFolder(f"{s3_bucket}/code", "us-east-1")
    assert folder.add({"a/x.py": b"1", "b/y.py": b"2"}) == 2
    assert folder.add({"a/x.py": b"1", "c/z.py": b"3"}) == 1
    assert [folder.read(path) for path in ("a/x.py", "c/z.py", "d")] == [b"1", b"3", None]


def test_other_bytes_under_a_name_are_refused_each_and_left_as_they_are(s3_bucket):
    client = boto3.client("s3")
    for key in ("code/a", "code/b"):
        client.put_object(Bucket=s3_bucket.removeprefix("s3://"), Key=key, Body=b"planted")
    folder = CodeFolder(f"{s3_bucket}/code", "us-east-1")
    with pytest.raises(ServiceError) as told:
        folder.add({"a": b"mine", "b": b"mine too", "c": b"new"})
    assert str(told.value) == "\n".join(
        f"{s3_bucket}/code/{name}: other bytes stand under this name, which is that of their "
        "content. Somebody changed the file: see who, and remove it."
        for name in ("a", "b")
    )
    assert folder.read("a") == b"planted"


def test_a_bucket_that_is_not_there_is_told_once(s3_bucket):
    with pytest.raises(ServiceError) as told:
        CodeFolder("s3://no-such-bucket-here/code", "us-east-1").add({"a": b"1", "b": b"2"})
    assert "NoSuchBucket" in str(told.value)
    assert len(told.value.problems) <= 2

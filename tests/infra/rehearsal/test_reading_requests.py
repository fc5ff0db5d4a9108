"""What a request asks is read as botocore calls it, whoever has sent it."""

from typing import Any

import pytest

from infra.rehearsal.recording.reading import Asked, has_text, read_request


def request(
    method: str, target: str, host: str = "localhost:5000", **headers: str
) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REQUEST_URI": target,
        "QUERY_STRING": query,
        "HTTP_HOST": host,
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }


OBJECT = {"Bucket": "store", "Key": "a/b c"}


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        (request("GET", "/"), Asked("ListBuckets", {})),
        (request("GET", "/store/a/b%20c"), Asked("GetObject", OBJECT)),
        (request("GET", "/a/b%20c", host="store.localhost:5000"), Asked("GetObject", OBJECT)),
        (
            request("GET", "/store/a/b%20c?versionId=v", X_AMZ_CHECKSUM_MODE="ENABLED"),
            Asked("GetObject", {**OBJECT, "VersionId": "v", "ChecksumMode": "ENABLED"}),
        ),
        (request("HEAD", "/store/a/b%20c"), Asked("HeadObject", OBJECT)),
        (request("HEAD", "/store/"), Asked("HeadBucket", {"Bucket": "store"})),
        (
            request("PUT", "/store/a/b%20c", IF_NONE_MATCH="*"),
            Asked("PutObject", {**OBJECT, "IfNoneMatch": "*"}),
        ),
        (
            request("PUT", "/store/a/b%20c?partNumber=2&uploadId=u"),
            Asked("UploadPart", {**OBJECT, "PartNumber": "2", "UploadId": "u"}),
        ),
        (
            request("PUT", "/store/a/b%20c", X_AMZ_COPY_SOURCE="other/key"),
            Asked("CopyObject", {**OBJECT, "CopySource": "other/key"}),
        ),
        (request("POST", "/store/a/b%20c?uploads"), Asked("CreateMultipartUpload", OBJECT)),
        (request("GET", "/store/a/b%20c?tagging"), Asked("GetObjectTagging", OBJECT)),
        (
            request("GET", "/store?list-type=2&prefix=a%2F&max-keys=3"),
            Asked("ListObjectsV2", {"Bucket": "store", "Prefix": "a/", "MaxKeys": "3"}),
        ),
        (
            request("GET", "/store?prefix=a"),
            Asked("ListObjects", {"Bucket": "store", "Prefix": "a"}),
        ),
        (request("GET", "/store?acl"), Asked("GetBucketAcl", {"Bucket": "store"})),
        (request("TRACE", "/store/a"), Asked("TRACE /store/a", {})),
    ],
)
def test_a_request_to_s3_is_read_from_its_path_and_its_headers(
    environ: dict[str, Any], asked: Asked
) -> None:
    assert not has_text(environ, "s3")
    assert read_request(environ, "s3", b"") == asked


def test_a_request_in_json_is_read_from_its_body() -> None:
    environ = request("POST", "/", X_AMZ_TARGET="DynamoDB_20120810.GetItem")
    assert has_text(environ, "dynamodb")
    read = read_request(environ, "dynamodb", b'{"TableName": "items"}')
    assert read == Asked("GetItem", {"TableName": "items"})


def test_a_form_is_read_from_its_body() -> None:
    body = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"
    environ = request("POST", "/")
    assert has_text(environ, "sts")
    assert read_request(environ, "sts", body) == Asked(
        "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/a"}
    )


def test_what_no_model_knows_is_told_by_its_path() -> None:
    assert read_request(request("GET", "/what?x=1"), "unheard-of", b"") == Asked("GET /what", {})

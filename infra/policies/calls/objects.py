"""What calls of S3 ask for.

Sources: Service Authorization Reference, "Amazon S3"; S3 API Reference, "Permissions" of each
operation.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys, with_key
from infra.policies.question import Question


def read_object(call: Call, keys: Keys) -> Iterator[Question]:
    """GetObject: the object, its key, and the list of the bucket where there is none.

    Without the list S3 answers 403 in place of 404; that question has no `s3:prefix`.
    """
    yield from head_object(call, keys)
    if not call.is_of_nothing:
        yield from _with_key(call, keys, "kms:Decrypt")


def head_object(call: Call, keys: Keys) -> Iterator[Question]:
    """HeadObject: as GetObject, but only a checksum has to be decrypted."""
    version = call.parameters.get("VersionId")
    if version:
        yield Question("s3:GetObjectVersion", _object(call), {"s3:VersionId": version})
    else:
        yield Question("s3:GetObject", _object(call))
    if call.is_of_nothing:
        yield Question("s3:ListBucket", _bucket(call))
    elif call.operation == "HeadObject" and call.parameters.get("ChecksumMode"):
        yield from _with_key(call, keys, "kms:Decrypt")


def write_object(call: Call, keys: Keys) -> Iterator[Question]:
    """PutObject: the object and its key; where it must match what is there, that is read too."""
    given = {"s3:ObjectCreationOperation": "true"}
    for parameter, key in (
        ("IfNoneMatch", "s3:if-none-match"),
        ("IfMatch", "s3:if-match"),
        ("ServerSideEncryption", "s3:x-amz-server-side-encryption"),
        ("SSEKMSKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        ("ACL", "s3:x-amz-acl"),
        ("StorageClass", "s3:x-amz-storage-class"),
    ):
        if parameter in call.parameters:
            given[key] = str(call[parameter])
    yield Question("s3:PutObject", _object(call), given)
    if "IfMatch" in call.parameters:
        yield Question("s3:GetObject", _object(call))
    yield from _with_key(call, keys, "kms:GenerateDataKey")


def write_part(call: Call, keys: Keys) -> Iterator[Question]:
    """CreateMultipartUpload and UploadPart: the object is not created yet; and its key.

    Source: S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".
    """
    yield Question("s3:PutObject", _object(call), {"s3:ObjectCreationOperation": "false"})
    yield from _with_key(call, keys, "kms:GenerateDataKey")


def put_together(call: Call, keys: Keys) -> Iterator[Question]:
    """CompleteMultipartUpload: as PutObject, and the parts are decrypted."""
    yield from write_object(call, keys)
    yield from _with_key(call, keys, "kms:Decrypt")


def give_up(call: Call, _: Keys) -> Iterator[Question]:
    """AbortMultipartUpload: the object."""
    yield Question("s3:AbortMultipartUpload", _object(call))


def list_parts(call: Call, keys: Keys) -> Iterator[Question]:
    """ListParts: the object; and its key, for the checksums."""
    yield Question("s3:ListMultipartUploadParts", _object(call))
    yield from _with_key(call, keys, "kms:Decrypt")


def list_uploads(call: Call, _: Keys) -> Iterator[Question]:
    """ListMultipartUploads: the bucket; no condition narrows it."""
    yield Question("s3:ListBucketMultipartUploads", _bucket(call))


def list_objects(call: Call, _: Keys) -> Iterator[Question]:
    """ListObjectsV2: the bucket, with what the list is narrowed to."""
    given = {
        key: str(call[parameter])
        for parameter, key in (
            ("Prefix", "s3:prefix"),
            ("Delimiter", "s3:delimiter"),
            ("MaxKeys", "s3:max-keys"),
        )
        if call.parameters.get(parameter)
    }
    yield Question("s3:ListBucket", _bucket(call), given)


def of_bucket(call: Call, _: Keys) -> Iterator[Question]:
    """What reads a setting of a bucket."""
    yield Question(f"s3:{call.operation}", _bucket(call))


def _with_key(call: Call, keys: Keys, action: str) -> Iterator[Question]:
    # With a bucket key the encryption context is the bucket.
    bucket = _bucket(call)
    yield from with_key(call, keys, bucket, action, context={"aws:s3:arn": bucket})


def _bucket(call: Call) -> str:
    return f"arn:{call.role.split(':')[1]}:s3:::{call['Bucket']}"


def _object(call: Call) -> str:
    return f"{_bucket(call)}/{call['Key']}"

"""The rights by which a large upload goes on where an earlier one broke off.

Without them it is sent from its beginning. Sending parts and putting them together is
`s3:PutObject`.

Source: Amazon S3 User Guide, "Multipart upload API and permissions".
"""

from __future__ import annotations

from infra.cdk.naming import bucket_arn
from infra.cdk.statements import Statement, allow

MULTIPART = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
"""On objects."""


def find_unfinished(sid: str, bucket: str) -> Statement:
    """Let somebody see which uploads of a bucket are unfinished; S3 narrows that to no prefix."""
    return allow(sid, ["s3:ListBucketMultipartUploads"], [bucket_arn(bucket)])

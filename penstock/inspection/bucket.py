"""Whether a bucket is there, in its Region, and keeps what is written once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.inspection.finding import Finding, State


def bucket(
    name: str, uri: str, region: str, place: str, without_lock: State = "ok"
) -> Iterator[Finding]:
    """Look at a bucket.

    Args:
        name: Of the findings.
        uri: `s3://BUCKET`, with or without a prefix.
        region: Where it has to be.
        place: `file:line` of it.
        without_lock: What it means if the bucket has no Object Lock.

    Raises:
        ServiceError: S3 refused or cannot be reached.
    """
    found, root = uri.removeprefix("s3://").partition("/")[0], _root(uri)
    client = open_client("s3", region, root)
    with translated("s3", root):
        try:
            answer = client.head_bucket(Bucket=found)
        except Exception as error:
            if error_code(error) not in ("404", "NoSuchBucket"):
                raise
            answer = None
    if answer is None:
        remedy = f"Create it in {region}, or mend {place}."
        yield Finding(name, "broken", f"there is no bucket {root}", remedy)
        return
    there = answer.get("BucketRegion") or region
    if there != region:
        remedy = f"Jobs read and write in their own Region: mend {place}."
        yield Finding(name, "broken", f"{root} is in {there}, not in {region}", remedy)
    elif without_lock != "ok" and not _has_lock(client, found):
        remedy = "Use a bucket that was created with Object Lock."
        yield Finding(name, without_lock, f"{root} can be written over: no Object Lock", remedy)
    else:
        yield Finding(name, "ok", f"{root} in {region}")


def _root(uri: str) -> str:
    return "/".join(uri.split("/")[:3])


def _has_lock(client: Any, name: str) -> bool:
    with translated("s3", f"s3://{name}"):
        try:
            answer = client.get_object_lock_configuration(Bucket=name)
        except Exception as error:
            if error_code(error) != "ObjectLockConfigurationNotFoundError":
                raise
            return False
    return bool(answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")

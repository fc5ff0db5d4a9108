"""Whether a bucket is there, in its Region, and keeps what is written once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.inspection.finding import Finding, State
from penstock.inspection.looking import told


def bucket(
    name: str,
    uri: str,
    region: str,
    place: str,
    *,
    elsewhere: State = "broken",
    without_lock: State = "ok",
) -> Iterator[Finding]:
    """Look at a bucket.

    Args:
        name: Of the findings.
        uri: `s3://BUCKET`, with or without a prefix.
        region: Where it has to be.
        place: `file:line` of it.
        elsewhere: What it means if it is in another Region.
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
    state: State = "ok" if there == region else elsewhere
    if state == "ok":
        yield Finding(name, "ok", f"{root} in {there}")
    else:
        said = f"{root} is in {there}, not in {region}"
        yield Finding(name, state, said, f"Name one of {region} in {place}.")
    if without_lock != "ok":
        yield from told(name, _lock(name, client, found, without_lock), "warning")


def _lock(name: str, client: Any, called: str, without_lock: State) -> Iterator[Finding]:
    if not _has_lock(client, called):
        said = f"s3://{called} can be written over: no Object Lock"
        remedy = "Use a bucket that was created with Object Lock."
        yield Finding(name, without_lock, said, remedy)


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

"""A release is written once; whatever comes from S3 is held against its digest."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from penstock.errors import PenstockError, RequestError, ServiceError
from penstock.release.building import sha256
from penstock.release.store import ReleaseStore, split

CONTENT = b"a release"
DIGEST = sha256(CONTENT)


def objects(bucket: str) -> dict[str, bytes]:
    client: Any = boto3.session.Session().client("s3")
    name = bucket.removeprefix("s3://")
    keys = [each["Key"] for each in client.list_objects_v2(Bucket=name).get("Contents", [])]
    return {key: client.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}


def write(bucket: str, key: str, content: bytes) -> None:
    client: Any = boto3.session.Session().client("s3")
    client.put_object(Bucket=bucket.removeprefix("s3://"), Key=key, Body=content)


def message(work: Callable[[], Any], kind: type[PenstockError]) -> str:
    with pytest.raises(kind) as caught:
        work()
    return str(caught.value)


@pytest.mark.parametrize("prefix", ["", "/", "/releases", "/a/b/"])
def test_a_release_is_kept_under_its_digest(s3_bucket: str, prefix: str) -> None:
    store = ReleaseStore(f"{s3_bucket}{prefix}")
    stored = store.put(CONTENT)
    below = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    assert stored.uri == f"{s3_bucket}/{below}{DIGEST}.tar"
    assert stored.was_there is False
    assert objects(s3_bucket) == {f"{below}{DIGEST}.tar": CONTENT}
    assert store.get(DIGEST) == CONTENT


def test_storing_it_again_is_fine_and_says_so(s3_bucket: str) -> None:
    store = ReleaseStore(s3_bucket)
    store.put(CONTENT)
    assert store.put(CONTENT).was_there is True


def test_a_large_release_travels_in_parts_and_once(s3_bucket: str) -> None:
    content = bytes(range(256)) * 4096 * 17
    watched: list[str] = []
    store = ReleaseStore(s3_bucket)
    stored = store.put(content, lambda moved: watched.append(f"{moved.what}: {moved}"))
    assert (stored.was_there, len(watched)) == (False, 2)
    assert watched[-1] == "the release: 2 of 2 parts (17.0 of 17.0 MiB)"
    again = store.put(content, lambda moved: watched.append(str(moved)))
    assert (again.was_there, len(watched)) == (True, 2)
    assert store.get(sha256(content)) == content


def test_other_bytes_under_its_name_are_an_error_and_stay(s3_bucket: str) -> None:
    write(s3_bucket, f"{DIGEST}.tar", b"other")
    store = ReleaseStore(s3_bucket)
    place = f"{s3_bucket}/{DIGEST}.tar"
    mend = "See in the bucket's history who wrote it, and remove it."
    other = sha256(b"other")
    assert message(lambda: store.put(CONTENT), ServiceError) == (
        f"{place}: the object holds other bytes: their SHA-256 is {other}. {mend}"
    )
    assert message(lambda: store.get(DIGEST), ServiceError) == (
        f"{place}: what came is not the release: its SHA-256 is {other}. {mend}"
    )
    assert objects(s3_bucket) == {f"{DIGEST}.tar": b"other"}


def test_a_release_that_is_not_there_is_told(s3_bucket: str) -> None:
    assert message(lambda: ReleaseStore(s3_bucket).get(DIGEST), RequestError) == (
        f"{s3_bucket}/{DIGEST}.tar: there is no such release. "
        "Look at the digest, or store the release: pipeline release build --store."
    )


def test_a_bucket_that_is_not_there_is_told(s3_bucket: str) -> None:
    store = ReleaseStore("s3://no-such-bucket-anywhere/releases")
    assert message(lambda: store.put(CONTENT), ServiceError) == (
        f"s3://no-such-bucket-anywhere/releases/{DIGEST}.tar: s3 refused PutObject: "
        "The specified bucket does not exist (NoSuchBucket). "
        "Create the bucket, or name another one."
    )


def test_no_more_is_read_than_a_release_may_have(
    s3_bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from penstock.release import store

    ReleaseStore(s3_bucket).put(CONTENT)
    monkeypatch.setattr(store, "MAXIMUM_BYTES", 5)
    assert message(lambda: ReleaseStore(s3_bucket).get(DIGEST), ServiceError) == (
        f"{s3_bucket}/{DIGEST}.tar: the object has 9 bytes; a release has at most 5. "
        "Name another release."
    )


@pytest.mark.parametrize(
    "uri", ["", "s3:/x", "s3://", "s3://A/b", "https://x/y", "/tmp/x", "s3://x"]
)
def test_what_is_no_address_is_told(uri: str) -> None:
    assert message(lambda: split(uri), RequestError) == (
        f"{f'{uri}: ' if uri else ''}this is no address on S3. Write s3://BUCKET/PREFIX."
    )


class Answers:
    """A client of S3 that answers what a test tells it to, then keeps what it is given."""

    def __init__(self, *puts: str, bodies: tuple[Any, ...] = ()) -> None:
        self.puts, self.bodies, self.kept = list(puts), list(bodies), b""
        self.given: list[dict[str, Any]] = []

    def put_object(self, **arguments: Any) -> None:
        self.given.append(arguments)
        if self.puts and (code := self.puts.pop(0)):
            raise refused(code, "PutObject")
        self.kept = arguments["Body"]

    def get_object(self, **_: Any) -> dict[str, Any]:
        body = self.bodies.pop(0) if self.bodies else self.kept
        if not body:
            raise refused("NoSuchKey", "GetObject")
        return {"ContentLength": 9, "Body": Body(body)}


class Body:
    def __init__(self, content: Any) -> None:
        self._content = content

    def read(self) -> bytes:
        if isinstance(self._content, Exception):
            raise self._content
        return bytes(self._content)


def refused(code: str, operation: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


def broken() -> Exception:
    from botocore.exceptions import IncompleteReadError

    return IncompleteReadError(actual_bytes=3, expected_bytes=9)


def with_client(client: Answers) -> ReleaseStore:
    store = ReleaseStore("s3://penstock-releases")
    store.__dict__["_client"] = client
    return store


def test_the_upload_asks_that_nothing_is_there_and_carries_its_checksum() -> None:
    client = Answers()
    with_client(client).put(CONTENT)
    assert client.given == [
        {
            "Bucket": "penstock-releases",
            "Key": f"{DIGEST}.tar",
            "Body": CONTENT,
            "IfNoneMatch": "*",
            "ChecksumSHA256": "6e37jkb4kTcL2idydgrhS8FXKizpJjNozVKC2sMkHrg=",
            "ContentType": "application/x-tar",
        }
    ]


def test_an_upload_at_the_same_time_that_failed_is_made_up_for() -> None:
    client = Answers("ConditionalRequestConflict")
    assert with_client(client).put(CONTENT).was_there is False
    assert client.kept == CONTENT


def test_what_s3_neither_holds_nor_takes_is_told() -> None:
    store = with_client(Answers(*["ConditionalRequestConflict"] * 3))
    assert message(lambda: store.put(CONTENT), ServiceError) == (
        f"s3://penstock-releases/{DIGEST}.tar: S3 neither holds the release nor takes it. "
        "Try again in a while."
    )


def test_bytes_that_changed_on_their_way_are_told() -> None:
    store = with_client(Answers(bodies=(b"A release",)))
    assert message(lambda: store.put(CONTENT), ServiceError) == (
        f"s3://penstock-releases/{DIGEST}.tar: the object holds other bytes: their SHA-256 is "
        f"{sha256(b'A release')}. See in the bucket's history who wrote it, and remove it."
    )


def test_a_body_that_breaks_off_is_read_again() -> None:
    assert with_client(Answers(bodies=(broken(), broken(), CONTENT))).get(DIGEST) == CONTENT


def test_a_body_that_breaks_off_each_time_is_told() -> None:
    store = with_client(Answers(bodies=(broken(), broken(), broken())))
    assert message(lambda: store.get(DIGEST), ServiceError) == (
        f"s3://penstock-releases/{DIGEST}.tar: s3 did not answer: 3 read, but total bytes "
        "expected is 9. Try again."
    )


def test_a_refusal_names_the_right_that_is_missing() -> None:
    store = with_client(Answers("AccessDenied"))
    assert message(lambda: store.put(CONTENT), ServiceError) == (
        f"s3://penstock-releases/{DIGEST}.tar: s3 refused PutObject: AccessDenied (AccessDenied). "
        "Give these credentials the right to s3:PutObject on it."
    )

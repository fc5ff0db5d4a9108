import hashlib
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import StepError
from penstock.targets.local import faults
from penstock.targets.local.store.s3 import S3Store

SHA_256 = hashlib.sha256(b"content").hexdigest()


@pytest.fixture
def store(client: Any) -> S3Store:
    return S3Store(client)


def message_of(work: Any, *arguments: Any) -> str:
    with pytest.raises(StepError) as caught:
        work(*arguments)
    return str(caught.value)


def fault_of(work: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(faults.ServiceFault) as caught:
        work(*arguments)
    return caught.value.exception_type, str(caught.value)


def test_an_upload_carries_its_digest(
    store: S3Store, client: Any, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"content")
    store.publish(tmp_path / "file", f"s3://{bucket}/key")
    assert client.head_object(Bucket=bucket, Key="key")["Metadata"] == {"penstock-sha256": SHA_256}


def test_a_large_file_travels_in_parts_and_comes_back_as_it_was(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    content, watched = bytes(range(256)) * 4096 * 17, []
    (tmp_path / "file").write_bytes(content)
    store = S3Store(
        client,
        unfinished=tmp_path / "unfinished",
        watch=lambda moved: watched.append((moved.what, moved.parts)),
    )
    store.publish(tmp_path / "file", f"s3://{bucket}/key")
    store.fetch(f"s3://{bucket}/key", tmp_path / "in")
    assert (tmp_path / "in" / "key").read_bytes() == content
    here, there = str(tmp_path / "file"), f"s3://{bucket}/key"
    assert watched == [(here, 1), (here, 2), (there, 1), (there, 2)]
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_what_has_come_of_a_large_file_serves_a_later_run_in_another_folder(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    content, asked = bytes(range(256)) * 4096 * 17, []
    (tmp_path / "file").write_bytes(content)
    S3Store(client).publish(tmp_path / "file", f"s3://{bucket}/key")

    def fail(moved: Any) -> None:
        if moved.parts == moved.of_parts:
            raise MemoryError

    uri, unfinished = f"s3://{bucket}/key", tmp_path / "unfinished"
    with pytest.raises(MemoryError):
        S3Store(client, unfinished=unfinished, watch=fail).fetch(uri, tmp_path / "first")
    assert list((tmp_path / "first").iterdir()) == []

    def called(params: Any, **_: Any) -> None:
        asked.append(params["headers"].get("Range"))

    client.meta.events.register("before-call.s3.GetObject", called, unique_id="asked")
    try:
        S3Store(client, unfinished=unfinished).fetch(uri, tmp_path / "second")
    finally:
        client.meta.events.unregister("before-call.s3.GetObject", unique_id="asked")
    assert (tmp_path / "second" / "key").read_bytes() == content
    assert asked == [None]


def test_a_run_that_is_stopped_ends_its_transfers_and_a_later_one_goes_on(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    content, watched, uri = bytes(range(256)) * 4096 * 17, [], f"s3://{bucket}/key"
    (tmp_path / "file").write_bytes(content)
    stopping = S3Store(
        client,
        unfinished=tmp_path / "unfinished",
        watch=watched.append,
        is_stopped=lambda: bool(watched),
    )
    with pytest.raises(KeyboardInterrupt, match=r"2 of 2 parts .* are at "):
        stopping.publish(tmp_path / "file", uri)
    with pytest.raises(KeyboardInterrupt):
        stopping.publish(tmp_path / "file", uri)
    store = S3Store(client, unfinished=tmp_path / "unfinished")
    assert not store.exists(uri)
    store.publish(tmp_path / "file", uri)
    watched.clear()
    with pytest.raises(KeyboardInterrupt, match=r"2 of 2 parts .* had come"):
        stopping.fetch(uri, tmp_path / "in")
    assert len(list((tmp_path / "unfinished").iterdir())) == 2
    store.fetch(uri, tmp_path / "in")
    assert (tmp_path / "in" / "key").read_bytes() == content


def test_a_large_file_that_changes_on_its_way_is_told(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(17 << 20))
    store = S3Store(client, watch=lambda _: file.write_bytes(bytes(18 << 20)))
    assert message_of(store.publish, file, f"s3://{bucket}/key") == (
        f"{file}: it changed while it was being sent; nothing of it counts. "
        "Let what writes it end, and repeat the command."
    )
    assert not store.exists(f"s3://{bucket}/key")


def test_a_whole_bucket_can_be_fetched(
    store: S3Store, client: Any, bucket: str, tmp_path: Path
) -> None:
    for key in ("a", "b/c", "folder/"):
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
    for number, uri in enumerate((f"s3://{bucket}", f"s3://{bucket}/")):
        store.fetch(uri, tmp_path / f"{number}")
        files = [path for path in (tmp_path / f"{number}").rglob("*") if path.is_file()]
        assert sorted(path.name for path in files) == ["a", "c"]


def test_more_objects_than_a_page_holds_are_fetched(
    store: S3Store, client: Any, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        client.put_object(Bucket=bucket, Key=f"k/{number}", Body=b"x")
    paginator = type(client.get_paginator("list_objects_v2"))
    original = paginator.paginate
    monkeypatch.setattr(
        paginator,
        "paginate",
        lambda self, **given: original(self, **given, PaginationConfig={"PageSize": 2}),
    )
    store.fetch(f"s3://{bucket}/k", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("key", ["k/../../../escaped", "k//etc/escaped", "k/./escaped"])
def test_an_object_that_would_lie_outside_the_folder_is_refused(
    store: S3Store, client: Any, bucket: str, tmp_path: Path, key: str
) -> None:
    client.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert message_of(store.fetch, f"s3://{bucket}/k", tmp_path / "in") == (
        f"the name of s3://{bucket}/{key} is no path of a file below s3://{bucket}/k."
        " Rename the object."
    )
    assert not list(tmp_path.rglob("escaped"))


def test_a_bucket_that_is_missing_is_told(store: S3Store, tmp_path: Path) -> None:
    told = (
        "The specified bucket does not exist (NoSuchBucket)."
        " Create the bucket, or name another one."
    )
    uri = "s3://no-such-bucket/key"
    (tmp_path / "file").write_bytes(b"x")
    assert message_of(store.exists, uri) == f"{uri} cannot be listed: {told}"
    assert message_of(store.fetch, uri, tmp_path / "in") == f"{uri} cannot be listed: {told}"
    assert message_of(store.read, uri) == f"{uri} cannot be read: {told}"
    assert message_of(store.publish, tmp_path / "file", uri) == (f"{uri} cannot be written: {told}")


def test_an_object_that_is_missing_is_told(store: S3Store, bucket: str) -> None:
    uri = f"s3://{bucket}/none"
    assert message_of(store.read, uri) == (
        f"{uri} cannot be read: The specified key does not exist (NoSuchKey)."
        " Look at the step that should write it."
    )


def test_a_bucket_whose_name_is_none_is_told(store: S3Store) -> None:
    assert message_of(store.exists, "s3://no bucket/key").startswith(
        "s3://no bucket/key cannot be listed: Parameter validation failed:\n"
        'Invalid bucket name "no bucket"'
    )


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "AccessDenied", "Give these credentials the right to it."),
        (403, "ExpiredToken", "Sign in again."),
        (403, "InvalidAccessKeyId", "Look at AWS_ACCESS_KEY_ID or the profile."),
        (403, "SignatureDoesNotMatch", "Look at AWS_SECRET_ACCESS_KEY or the profile."),
        (403, "RequestTimeTooSkewed", "Set the clock of this machine."),
        (404, "NoSuchBucket", "Create the bucket, or name another one."),
    ],
)
def test_a_refusal_is_told_with_its_remedy(
    bad_s3: Any, bad_store: S3Store, status: int, code: str, told: str
) -> None:
    bad_s3.status, bad_s3.code = status, code
    assert message_of(bad_store.read, "s3://bucket/key") == (
        f"s3://bucket/key cannot be read: as told ({code}). {told}"
    )


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, "InternalError", faults.SERVICE_FAULT),
        (503, "ServiceUnavailable", faults.SERVICE_FAULT),
        (400, "RequestTimeout", faults.SERVICE_FAULT),
        (503, "SlowDown", faults.THROTTLING),
    ],
)
def test_a_store_in_trouble_is_a_fault_that_a_policy_may_answer(
    bad_s3: Any, bad_store: S3Store, tmp_path: Path, status: int, code: str, kind: str
) -> None:
    bad_s3.status, bad_s3.code = status, code
    (tmp_path / "file").write_bytes(b"x")
    assert fault_of(bad_store.read, "s3://bucket/key") == (
        kind,
        f"s3://bucket/key cannot be read: as told ({code}).",
    )
    assert fault_of(bad_store.fetch, "s3://bucket/key", tmp_path) == (
        kind,
        f"s3://bucket/key cannot be listed: as told ({code}).",
    )
    assert fault_of(bad_store.publish, tmp_path / "file", "s3://bucket/key") == (
        kind,
        f"s3://bucket/key cannot be written: as told ({code}).",
    )


def test_a_sound_answer_is_taken(bad_s3: Any, bad_store: S3Store, tmp_path: Path) -> None:
    bad_s3.digest = SHA_256
    bad_store.fetch("s3://bucket/key", tmp_path)
    assert (tmp_path / "key").read_bytes() == b"content"
    assert bad_store.read("s3://bucket/key") == b"content"


def test_a_body_that_was_cut_short_is_a_fault_and_leaves_nothing(
    bad_s3: Any, bad_store: S3Store, tmp_path: Path
) -> None:
    bad_s3.sent = b"con"
    assert fault_of(bad_store.fetch, "s3://bucket/key", tmp_path) == (
        faults.SERVICE_FAULT,
        "s3://bucket/key cannot be read: 3 read, but total bytes expected is 7."
        " Resume the run when the store answers.",
    )
    assert list(tmp_path.iterdir()) == []
    assert fault_of(bad_store.read, "s3://bucket/key") == (
        faults.SERVICE_FAULT,
        "s3://bucket/key cannot be read: An error occurred while reading from response stream:"
        " ('Connection broken: IncompleteRead(3 bytes read, 4 more expected)',"
        " IncompleteRead(3 bytes read, 4 more expected)). Resume the run when the store answers.",
    )


def test_bytes_that_changed_on_the_way_are_a_fault_and_leave_nothing(
    bad_s3: Any, bad_store: S3Store, tmp_path: Path
) -> None:
    bad_s3.sent, bad_s3.digest = b"cOntent", SHA_256
    told = (faults.SERVICE_FAULT, "s3://bucket/key arrived damaged. Resume the run.")
    assert fault_of(bad_store.fetch, "s3://bucket/key", tmp_path) == told
    assert list(tmp_path.iterdir()) == []
    assert fault_of(bad_store.read, "s3://bucket/key") == told


def test_a_store_that_does_not_answer_is_a_fault(bad_s3: Any, bad_store: S3Store) -> None:
    bad_s3.shutdown()
    bad_s3.socket.close()
    assert fault_of(bad_store.read, "s3://bucket/key") == (
        faults.SERVICE_FAULT,
        f's3://bucket/key cannot be read: Could not connect to the endpoint URL: "{bad_s3.url}'
        '/bucket/key". Resume the run when the store answers.',
    )


def test_without_credentials_the_user_is_asked_to_sign_in(
    s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_endpoint)
    assert message_of(S3Store().read, "s3://bucket/key") == (
        "s3://bucket/key cannot be read: there are no AWS credentials. Sign in to AWS."
    )


def test_the_endpoint_comes_from_the_environment(
    s3_endpoint: str, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_endpoint)
    (tmp_path / "file").write_bytes(b"content")
    S3Store().publish(tmp_path / "file", f"s3://{bucket}/key")
    assert S3Store().read(f"s3://{bucket}/key") == b"content"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "AWS_PROFILE",
            "nobody",
            "S3 cannot be reached: The config profile (nobody) could not be found."
            " Look at the AWS settings and the URI.",
        ),
        (
            "AWS_ENDPOINT_URL_S3",
            "no url",
            "S3 cannot be reached: Invalid endpoint: no url. Look at AWS_ENDPOINT_URL_S3.",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_told(
    name: str, value: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv(name, value)
    assert message_of(S3Store) == told


def test_a_folder_in_the_way_of_a_file_is_told(
    store: S3Store, client: Any, bucket: str, tmp_path: Path
) -> None:
    client.put_object(Bucket=bucket, Key="k/a", Body=b"x")
    client.put_object(Bucket=bucket, Key="k/a/b", Body=b"x")
    assert message_of(store.fetch, f"s3://{bucket}/k", tmp_path) == (
        f"{tmp_path / 'a' / 'b'} cannot be written: File exists. Look at its path and its disk."
    )

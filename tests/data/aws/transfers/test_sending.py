"""An upload is there as a whole or not at all, and is gone on with by whoever repeats it."""

import base64
import hashlib
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.failures import translated
from penstock.data.aws.transfers.movement import InterruptedTransferError, Moved
from penstock.data.aws.transfers.parts import Sizes
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.recorded import DIGEST
from penstock.data.aws.transfers.sending import send
from penstock.data.aws.transfers.source import BytesSource, open_source
from penstock.data.aws.transfers.wishes import ANYHOW, Outcome, Wishes
from penstock.errors import ServiceError, WorkError

PART = 1_000
PARTS = 4
CONTENT = bytes(number * 31 % 251 for number in range(PART * PARTS - 1))
SIZES = Sizes(PART, most_at_once=1)
ONCE = Wishes(once=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "model.tar.gz"
    made.write_bytes(CONTENT)
    return made


def sent(bucket: Any, file: Path, wishes: Wishes = ANYHOW, **more: Any) -> Outcome:
    with open_source(file) as source:
        return send(bucket.client, source, bucket.place(), wishes, **{"sizes": SIZES, **more})


@pytest.mark.parametrize("size", [0, 1, PART])
def test_what_is_small_travels_in_one_request_with_its_digest(
    bucket: Any, file: Path, size: int
) -> None:
    file.write_bytes(CONTENT[:size])
    assert sent(bucket, file, Wishes(digest=True)) is Outcome.SENT
    assert bucket.calls == [("PutObject", "")]
    digest = hashlib.sha256(CONTENT[:size])
    assert bucket.checksums == [base64.b64encode(digest.digest()).decode()]
    head = bucket.other.head_object(Bucket=bucket.name, Key=bucket.place().key)
    assert head["Metadata"] == {DIGEST: digest.hexdigest()}
    assert bucket.content() == CONTENT[:size]


def test_what_is_large_travels_in_parts_that_s3_holds_against_their_checksums(
    bucket: Any, file: Path, strict: None
) -> None:
    watched: list[str] = []
    outcome = sent(bucket, file, watch=lambda moved: watched.append(str(moved)))
    assert outcome is Outcome.SENT
    assert [name for name, _ in bucket.calls] == [
        "HeadObject",
        "ListMultipartUploads",
        "CreateMultipartUpload",
        *["UploadPart"] * PARTS,
        "CompleteMultipartUpload",
        "HeadObject",
    ]
    assert bucket.parts_sent() == [1, 2, 3, 4]
    assert (bucket.content(), bucket.unfinished()) == (CONTENT, [])
    assert watched[0] == "1 of 4 parts (0.0 of 0.0 MiB)"
    assert len(watched) == PARTS


def test_parts_are_sent_several_at_a_time_and_never_more_than_the_limit(
    bucket: Any, file: Path
) -> None:
    now, most, lock = [0], [0], threading.Lock()

    def begun(**_: Any) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)

    def ended(**_: Any) -> None:
        with lock:
            now[0] -= 1

    bucket.client.meta.events.register("before-call.s3.UploadPart", begun)
    bucket.client.meta.events.register("after-call.s3.UploadPart", ended)
    sent(bucket, file, sizes=Sizes(PART, most_at_once=3))
    assert 2 <= most[0] <= 3
    assert bucket.content() == CONTENT


KILLS = [
    (("CreateMultipartUpload", 1), [1, 2, 3, 4], False),
    (("UploadPart", 1), [2, 3, 4], False),
    (("UploadPart", 3), [4], True),
    (("UploadPart", PARTS), [], False),
    (("CompleteMultipartUpload", 1), [], True),
]


@pytest.mark.parametrize(("kill", "missing", "once"), KILLS)
def test_a_killed_upload_is_gone_on_with_and_only_what_is_missing_is_sent(
    bucket: Any,
    file: Path,
    transferrer: Any,
    kill: tuple[str, int],
    missing: list[int],
    once: bool,
    request: pytest.FixtureRequest,
) -> None:
    if once:
        request.getfixturevalue("strict")
    ended, _ = transferrer.run("send", file, bucket.place(), PART, kill=kill, once=once)
    assert ended == signal.SIGKILL
    is_there = kill[0] == "CompleteMultipartUpload"
    assert bucket.unfinished() == ([] if is_there else [bucket.place().key])
    outcome = sent(bucket, file, ONCE if once else ANYHOW)
    assert outcome is (Outcome.SAME if is_there else Outcome.SENT)
    assert bucket.parts_sent() == missing
    assert bucket.count("CreateMultipartUpload") == 0
    assert (bucket.content(), bucket.unfinished()) == (CONTENT, [])


def test_one_that_is_killed_again_and_again_ends_and_sends_each_part_once(
    bucket: Any, file: Path, transferrer: Any
) -> None:
    for _ in range(2):
        killed = transferrer.run("send", file, bucket.place(), PART, kill=("UploadPart", 1))
        assert killed[0] == signal.SIGKILL
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.parts_sent() == [3, 4]
    assert (bucket.content(), bucket.unfinished()) == (CONTENT, [])


@pytest.mark.parametrize("place", [10, PART * 3 + 5])
def test_a_changed_file_is_sent_anew_and_the_stale_upload_is_given_up(
    bucket: Any, file: Path, transferrer: Any, place: int
) -> None:
    transferrer.run("send", file, bucket.place(), PART, kill=("UploadPart", PARTS))
    changed = CONTENT[:place] + bytes([CONTENT[place] ^ 1]) + CONTENT[place + 1 :]
    file.write_bytes(changed)
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.parts_sent() == [1, 2, 3, 4]
    assert bucket.count("AbortMultipartUpload") == 1
    assert (bucket.content(), bucket.unfinished()) == (changed, [])


@pytest.mark.parametrize("longer", [CONTENT + b"!" * 3 * PART, CONTENT[: PART * 3] + b"other"])
def test_a_file_that_begins_as_another_one_did_has_its_own_digest(
    bucket: Any, file: Path, transferrer: Any, tmp_path: Path, longer: bytes
) -> None:
    from penstock.data.aws.transfers.receiving import receive

    transferrer.run("send", file, bucket.place(), PART, kill=("UploadPart", 3))
    file.write_bytes(longer)
    sent(bucket, file)
    assert 1 not in bucket.parts_sent()
    receive(bucket.client, bucket.place(), tmp_path / "back", sizes=SIZES)
    assert (tmp_path / "back").read_bytes() == longer


def test_uploads_of_other_programs_and_of_other_keys_are_left_alone(
    bucket: Any, file: Path
) -> None:
    key = bucket.place().key
    other = bucket.other
    other.create_multipart_upload(Bucket=bucket.name, Key=key)
    other.create_multipart_upload(Bucket=bucket.name, Key=f"{key}.2", ChecksumAlgorithm="SHA256")
    assert sent(bucket, file) is Outcome.SENT
    assert sorted(bucket.unfinished()) == [key, f"{key}.2"]
    assert bucket.content() == CONTENT


def test_what_is_there_is_not_sent_again(bucket: Any, file: Path) -> None:
    sent(bucket, file, ONCE)
    bucket.calls.clear()
    assert sent(bucket, file, ONCE) is Outcome.SAME
    assert sent(bucket, file) is Outcome.SAME
    assert [name for name, _ in bucket.calls] == ["HeadObject", "HeadObject"]


@pytest.mark.parametrize("size", [PART, PART * 2])
def test_what_shall_be_new_is_never_written_over(bucket: Any, file: Path, size: int) -> None:
    bucket.other.put_object(Bucket=bucket.name, Key=bucket.place().key, Body=b"planted")
    file.write_bytes(CONTENT[:size])
    assert sent(bucket, file, ONCE) is Outcome.THERE
    assert bucket.parts_sent() == []
    assert (bucket.content(), bucket.unfinished()) == (b"planted", [])
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.content() == CONTENT[:size]


@pytest.mark.parametrize(
    ("written", "outcome"), [(b"planted", Outcome.THERE), (CONTENT, Outcome.SAME)]
)
def test_the_condition_holds_at_the_end_of_the_upload(
    bucket: Any, file: Path, written: bytes, outcome: Outcome
) -> None:
    """Somebody else is faster, after we have looked."""

    def write(**_: Any) -> None:
        place = {"Bucket": bucket.name, "Key": bucket.place().key}
        bucket.other.put_object(**place, Body=written, ChecksumAlgorithm="SHA256")

    before(bucket.client, "CompleteMultipartUpload", write)
    assert sent(bucket, file, ONCE) is outcome
    assert (bucket.content(), bucket.unfinished()) == (written, [])


def before(client: Any, operation: str, work: Callable[..., None], times: int = 1) -> None:
    """Do something before the first calls of an operation."""
    left = [times]

    def called(**given: Any) -> None:
        if left[0]:
            left[0] -= 1
            work(**given)

    client.meta.events.register(f"before-call.s3.{operation}", called)


def spoil(params: Any, **_: Any) -> None:
    """Let other bytes travel than were meant to; the checksum stays."""
    content = params["body"].getvalue() if hasattr(params["body"], "getvalue") else params["body"]
    params["body"] = bytes([content[0] ^ 1]) + content[1:]


@pytest.mark.parametrize("times", [1, 2])
def test_a_part_that_s3_refuses_for_its_checksum_is_sent_again(
    bucket: Any, file: Path, strict: None, times: int
) -> None:
    before(bucket.client, "UploadPart", spoil, times)
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.parts_sent() == [1] * times + [1, 2, 3, 4]
    assert bucket.content() == CONTENT


def test_one_that_is_refused_each_time_is_told_and_the_upload_stays(
    bucket: Any, file: Path, strict: None
) -> None:
    before(bucket.client, "UploadPart", spoil, 3)
    with pytest.raises(ServiceError) as told, translated("s3", str(bucket.place())):
        sent(bucket, file)
    assert str(told.value) == (
        f"{bucket.place()}: s3 refused UploadPart: The SHA256 you specified did not match "
        "(BadDigest). See what the service says of it."
    )
    assert bucket.parts_sent() == [1, 1, 1]
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.content() == CONTENT


def test_bytes_that_s3_holds_and_nobody_sent_are_told(bucket: Any, file: Path) -> None:
    """moto as it is takes a part whatever its checksum is: what is read back tells."""
    before(bucket.client, "UploadPart", spoil)
    with pytest.raises(ServiceError) as told:
        sent(bucket, file)
    assert str(told.value) == (
        f"{bucket.place()}: S3 holds other bytes than were sent. Remove it, and send it again."
    )


def test_two_processes_that_send_one_content_both_end_well(
    bucket: Any, file: Path, transferrers: list[Any], strict: None
) -> None:
    for round_ in range(2):
        place = bucket.place(f"objects/{round_}")
        for each in transferrers:
            each.begin("send", file, place, PART, once=True, at_once=3)
        outcomes = [each.end() for each in transferrers]
        assert {status for status, _ in outcomes} == {0}
        assert "SENT" in {outcome for _, outcome in outcomes} <= {"SENT", "SAME"}
        assert bucket.content(place.key) == CONTENT
    assert bucket.unfinished() == []


def test_an_upload_that_somebody_gave_up_is_begun_anew(
    bucket: Any, file: Path, strict: None
) -> None:
    def give_up(**_: Any) -> None:
        other = bucket.other
        where = {"Bucket": bucket.name, "Key": bucket.place().key}
        for each in other.list_multipart_uploads(Bucket=bucket.name)["Uploads"]:
            other.abort_multipart_upload(**where, UploadId=each["UploadId"])

    before(bucket.client, "CompleteMultipartUpload", give_up)
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.count("CreateMultipartUpload") == 2
    assert (bucket.content(), bucket.unfinished()) == (CONTENT, [])


def test_one_that_is_given_up_each_time_is_told(bucket: Any, file: Path, strict: None) -> None:
    def give_up(**_: Any) -> None:
        from moto.s3.models import s3_backends

        s3_backends["123456789012"]["aws"].get_bucket(bucket.name).multiparts.clear()

    before(bucket.client, "CompleteMultipartUpload", give_up, 99)
    with pytest.raises(ServiceError) as told:
        sent(bucket, file)
    assert str(told.value) == (
        f"{bucket.place()}: others keep writing to this key at the same time. "
        "Let one of them do it."
    )


def test_an_upload_whose_id_was_lost_on_the_way_is_given_up(
    bucket: Any, file: Path, strict: None
) -> None:
    """The server has begun one, and the client asks for another."""
    lost = [True]

    def answered(response: Any, **_: Any) -> float | None:
        return 0.0 if response is not None and lost and lost.pop() else None

    bucket.client.meta.events.register("needs-retry.s3.CreateMultipartUpload", answered)
    assert sent(bucket, file) is Outcome.SENT
    assert (bucket.content(), bucket.unfinished()) == (CONTENT, [])


def test_a_file_that_changes_on_its_way_is_told_and_nothing_of_it_counts(
    bucket: Any, file: Path
) -> None:
    def change(**_: Any) -> None:
        file.write_bytes(CONTENT + b"more")

    before(bucket.client, "UploadPart", change)
    with pytest.raises(WorkError) as told:
        sent(bucket, file)
    assert str(told.value) == (
        f"{file}: it changed while it was being sent; nothing of it counts. "
        "Let what writes it end, and repeat the command."
    )
    assert bucket.unfinished() == []
    assert "Contents" not in bucket.other.list_objects_v2(Bucket=bucket.name)


@pytest.mark.parametrize("operation", ["ListMultipartUploads", "HeadObject"])
def test_who_may_not_look_what_is_there_sends_all(bucket: Any, file: Path, operation: str) -> None:
    from botocore.exceptions import ClientError

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    before(bucket.client, operation, refuse, 99)
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.content() == CONTENT


def test_who_may_not_look_and_meets_an_object_is_told_after_one_upload(
    bucket: Any, file: Path
) -> None:
    from botocore.exceptions import ClientError

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    before(bucket.client, "HeadObject", refuse, 99)
    bucket.other.put_object(Bucket=bucket.name, Key=bucket.place().key, Body=b"planted")
    assert sent(bucket, file, ONCE) is Outcome.THERE
    assert bucket.parts_sent() == [1, 2, 3, 4]
    assert (bucket.content(), bucket.unfinished()) == (b"planted", [])


@pytest.mark.parametrize("times", [1, 99])
def test_an_upload_that_meets_another_one_under_way_is_begun_anew(
    bucket: Any, file: Path, times: int
) -> None:
    from botocore.exceptions import ClientError

    def conflict(**_: Any) -> None:
        error = {"Code": "ConditionalRequestConflict", "Message": "A conflicting operation"}
        raise ClientError({"Error": error}, "CompleteMultipartUpload")

    before(bucket.client, "CompleteMultipartUpload", conflict, times)
    if times == 1:
        assert sent(bucket, file, ONCE) is Outcome.SENT
        assert bucket.content() == CONTENT
    else:
        with pytest.raises(ServiceError):
            sent(bucket, file, ONCE)
        assert bucket.count("CreateMultipartUpload") == 5
    assert bucket.unfinished() == []


def test_a_bucket_that_is_not_there_is_told(bucket: Any, file: Path) -> None:
    place = Place("no-such-bucket-anywhere", "key")
    with (
        pytest.raises(ServiceError) as told,
        translated("s3", str(place)),
        open_source(file) as source,
    ):
        send(bucket.client, source, place, sizes=SIZES)
    assert str(told.value) == (
        "s3://no-such-bucket-anywhere/key: s3 refused ListMultipartUploads: "
        "The specified bucket does not exist (NoSuchBucket). "
        "Create the bucket, or name another one."
    )


def test_one_that_the_user_stops_says_what_is_there_and_is_gone_on_with(
    bucket: Any, file: Path, interrupted: threading.Event
) -> None:
    begun = time.monotonic()

    def stop(moved: Moved) -> None:
        if moved.parts == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert interrupted.wait(30)
            time.sleep(0.2)

    with pytest.raises(InterruptedTransferError) as told:
        sent(bucket, file, watch=stop)
    assert str(told.value) == (
        f"interrupted: 3 of 4 parts (0.0 of 0.0 MiB) of {file} are at {bucket.place()}. "
        "The same command sends the others alone."
    )
    assert time.monotonic() - begun < 30
    bucket.calls.clear()
    assert sent(bucket, file) is Outcome.SENT
    assert bucket.parts_sent() == [4]


def test_bytes_in_memory_travel_as_files_do(bucket: Any) -> None:
    source = BytesSource(CONTENT, "the release")
    wishes = Wishes(once=True, content_type="application/x-tar")
    assert send(bucket.client, source, bucket.place(), wishes, sizes=SIZES) is Outcome.SENT
    head = bucket.client.head_object(Bucket=bucket.name, Key=bucket.place().key)
    assert (bucket.content(), head["ContentType"]) == (CONTENT, "application/x-tar")

"""A file is there once all of its bytes are, and they are those that were sent."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_proxy import Faults, proxy

from penstock.data.aws.clients import open_client
from penstock.data.aws.transfers.movement import InterruptedTransferError, Moved
from penstock.data.aws.transfers.parts import Sizes
from penstock.data.aws.transfers.receiving import receive
from penstock.data.aws.transfers.recorded import DIGEST
from penstock.data.aws.transfers.sending import send
from penstock.data.aws.transfers.source import BytesSource
from penstock.data.aws.transfers.wishes import Wishes
from penstock.errors import ServiceError

PART = 1_000
CONTENT = bytes(number * 31 % 251 for number in range(PART * 4 - 1))
OTHER = CONTENT[::-1]
SIZES = Sizes(PART, most_at_once=1)
RANGES = ["bytes=0-999", "bytes=1000-1999", "bytes=2000-2999", "bytes=3000-3998"]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "in" / "model.tar.gz"


@pytest.fixture
def written(bucket: Any) -> Any:
    """The bucket, with an object of four parts."""
    write(bucket, CONTENT)
    return bucket


def write(bucket: Any, content: bytes) -> None:
    source = BytesSource(content, "")
    send(bucket.other, source, bucket.place(), Wishes(digest=True), sizes=SIZES)


def fetch(bucket: Any, target: Path, **more: Any) -> None:
    receive(bucket.client, bucket.place(), target, **{"sizes": SIZES, "keep": None, **more})


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("size", [0, 1, PART])
def test_what_is_small_comes_by_one_request(bucket: Any, target: Path, size: int) -> None:
    write(bucket, CONTENT[:size])
    fetch(bucket, target)
    assert bucket.calls == [("GetObject", "")]
    assert target.read_bytes() == CONTENT[:size]
    assert left_in(target.parent) == [target.name]


def test_what_is_large_comes_by_ranges(written: Any, target: Path) -> None:
    watched: list[int] = []
    fetch(written, target, watch=lambda moved: watched.append(moved.parts))
    assert written.ranges_asked() == RANGES
    assert (target.read_bytes(), watched) == (CONTENT, [1, 2, 3, 4])
    assert left_in(target.parent) == [target.name]


def test_what_was_there_before_stays_until_all_has_come(written: Any, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"before")
    seen: list[bytes] = []
    fetch(written, target, watch=lambda _: seen.append(target.read_bytes()))
    assert seen == [b"before"] * 4
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answers", "missing"), [(1, RANGES), (2, RANGES), (3, RANGES[1:]), (5, RANGES[3:])]
)
def test_a_killed_download_is_gone_on_with_and_only_what_is_missing_is_fetched(
    written: Any, target: Path, transferrer: Any, answers: int, missing: list[str]
) -> None:
    """The first answer is of the whole object, and not read."""
    keep = target.parent / "keep"
    ended, _ = transferrer.run(
        "receive", target, written.place(), PART, keep=str(keep), kill=("GetObject", answers)
    )
    assert ended == signal.SIGKILL
    assert left_in(target.parent) == (["keep"] if answers > 1 else [])
    fetch(written, target, keep=keep)
    assert written.ranges_asked() == missing
    assert target.read_bytes() == CONTENT
    assert left_in(keep) == []


def test_an_object_that_changed_since_is_fetched_anew(
    written: Any, target: Path, transferrer: Any
) -> None:
    kill = ("GetObject", 4)
    transferrer.run("receive", target, written.place(), PART, kill=kill)
    write(written, OTHER)
    fetch(written, target, keep=target.parent)
    assert written.ranges_asked() == RANGES
    assert target.read_bytes() == OTHER
    assert left_in(target.parent) == [target.name]


@pytest.mark.parametrize("other", [OTHER, OTHER + OTHER, b"small", b""])
def test_an_object_that_changes_on_the_way_is_fetched_anew(
    written: Any, target: Path, other: bytes
) -> None:
    def change(moved: Moved) -> None:
        if moved.parts == 2 and written.content() == CONTENT:
            write(written, other)

    fetch(written, target, watch=change)
    assert target.read_bytes() == other
    assert left_in(target.parent) == [target.name]


def test_one_that_changes_each_time_is_told(written: Any, target: Path) -> None:
    def change(moved: Moved) -> None:
        if moved.parts == 2:
            write(written, OTHER if written.content() == CONTENT else CONTENT)

    with pytest.raises(ServiceError) as told:
        fetch(written, target, watch=change)
    assert str(told.value) == (
        f"{written.place()}: it was written again each time that it was fetched. "
        "Try again when nobody writes to it."
    )
    assert left_in(target.parent) == []


def test_bytes_that_changed_on_this_disk_are_fetched_again(
    written: Any, target: Path, transferrer: Any
) -> None:
    transferrer.run("receive", target, written.place(), PART, kill=("GetObject", 5))
    data = next(each for each in target.parent.iterdir() if "-parts" not in each.name)
    content = bytearray(data.read_bytes())
    content[1_500] ^= 1
    data.write_bytes(content)
    fetch(written, target, keep=target.parent)
    assert written.ranges_asked() == [RANGES[1], RANGES[3]]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("line", ["1 zz\n99999 " + "0" * 64 + "\n2 " + "0" * 63, "\x00"])
def test_a_line_of_the_journal_that_is_none_does_not_count(
    written: Any, target: Path, transferrer: Any, line: str
) -> None:
    transferrer.run("receive", target, written.place(), PART, kill=("GetObject", 3))
    journal = next(each for each in target.parent.iterdir() if "-parts" in each.name)
    with journal.open("a") as stream:
        stream.write(line)
    fetch(written, target, keep=target.parent)
    assert written.ranges_asked() == RANGES[1:]
    assert target.read_bytes() == CONTENT


class Planned(Faults):
    """Spoils the bodies of objects as it is told to, in this order."""

    def __init__(self, *plan: str) -> None:
        super().__init__()
        self.plan = list(plan)

    def next(self, is_object: bool) -> str:
        return self.plan.pop(0) if is_object and self.plan else ""


@pytest.fixture
def spoilt(s3_server: str, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planned]:
    """Lets the bucket's client ask a proxy."""
    planned = Planned()
    with proxy(s3_server.removeprefix("http://"), planned) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        bucket.client = open_client("s3")
        yield planned


@pytest.mark.parametrize(
    ("fault", "size"), [("truncated", PART), ("truncated", 4 * PART - 1), ("lost", 4 * PART - 1)]
)
def test_a_body_that_breaks_off_is_asked_for_again(
    bucket: Any, spoilt: Planned, target: Path, size: int, fault: str
) -> None:
    write(bucket, CONTENT[:size])
    spoilt.plan = ["", fault, "", fault] if size > PART else [fault, fault]
    fetch(bucket, target)
    assert target.read_bytes() == CONTENT[:size]


@pytest.mark.parametrize("size", [PART, 4 * PART - 1])
def test_bytes_that_changed_on_the_way_are_never_taken(
    bucket: Any, spoilt: Planned, target: Path, size: int
) -> None:
    write(bucket, CONTENT[:size])
    spoilt.plan = ["", "", "corrupted"] if size > PART else ["corrupted"]
    with pytest.raises(ServiceError) as told:
        fetch(bucket, target, keep=target.parent)
    assert str(told.value) == (
        f"{bucket.place()}: what came is not what is recorded of it. Repeat the command."
    )
    assert left_in(target.parent) == []
    fetch(bucket, target, keep=target.parent)
    assert target.read_bytes() == CONTENT[:size]


@pytest.mark.parametrize(
    "sizes",
    [[700, 700, 700, 700, 700, 499], [1_000, 1_400, 600, 999], [1_500, 2_499], [900, 3_099]],
)
def test_objects_that_others_sent_in_other_parts_are_held_against_their_checksum(
    bucket: Any, spoilt: Planned, target: Path, sizes: list[int]
) -> None:
    where = {"Bucket": bucket.name, "Key": bucket.place().key}
    begun = bucket.other.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")
    parts: list[dict[str, Any]] = []
    for size in sizes:
        offset, number = sum(sizes[: len(parts)]), len(parts) + 1
        upload: dict[str, Any] = {"UploadId": begun["UploadId"], "PartNumber": number}
        body = CONTENT[offset : offset + size]
        tag = bucket.other.upload_part(**where, **upload, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
    bucket.other.complete_multipart_upload(
        **where, UploadId=begun["UploadId"], MultipartUpload={"Parts": parts}
    )
    fetch(bucket, target)
    assert target.read_bytes() == CONTENT
    target.unlink()
    spoilt.plan = ["", "corrupted"]
    with pytest.raises(ServiceError):
        fetch(bucket, target)
    assert left_in(target.parent) == []


def test_a_large_object_that_came_whole_is_held_against_its_digest(
    bucket: Any, spoilt: Planned, target: Path
) -> None:
    import hashlib

    digest = {DIGEST: hashlib.sha256(CONTENT).hexdigest()}
    place = {"Bucket": bucket.name, "Key": bucket.place().key}
    bucket.other.put_object(**place, Body=CONTENT, Metadata=digest)
    fetch(bucket, target)
    assert target.read_bytes() == CONTENT
    spoilt.plan = ["", "corrupted"]
    with pytest.raises(ServiceError):
        fetch(bucket, target)


def test_who_fetches_one_object_twice_at_a_time_has_it_twice(written: Any, target: Path) -> None:
    keep, errors = target.parent, []

    def work(name: str) -> None:
        try:
            receive(written.client, written.place(), keep / name, keep=keep, sizes=SIZES)
        except Exception as error:  # noqa: BLE001  # shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "a", "b", "c")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    assert [(keep / name).read_bytes() for name in "abc"] == [CONTENT] * 3
    assert left_in(keep) == ["a", "b", "c"]


def test_what_nobody_came_back_for_is_removed(written: Any, target: Path) -> None:
    keep = target.parent
    keep.mkdir()
    old, young = keep / ".old.penstock-aside", keep / ".young.penstock-aside"
    for each, days in ((old, 8), (young, 6)):
        each.write_bytes(b"half")
        then = time.time() - days * 24 * 3600
        os.utime(each, (then, then))
    fetch(written, target, keep=keep)
    assert left_in(keep) == [young.name, target.name]


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("size", [PART, 4 * PART - 1])
def test_what_a_kill_left_beside_the_file_goes_after_a_week(
    bucket: Any, target: Path, is_kept: bool, size: int
) -> None:
    write(bucket, CONTENT[:size])
    target.parent.mkdir()
    names = [f".{name}.penstock-aside" for name in ("1-0a", "ab", "ab-parts", "young")]
    for name in names:
        each = target.parent / name
        each.write_bytes(b"half")
        then = time.time() - (6 if "young" in name else 8) * 24 * 3600
        os.utime(each, (then, then))
    fetch(bucket, target, keep=target.parent / "keep" if is_kept else None)
    there = left_in(target.parent)
    assert [each for each in there if each != "keep"] == [names[-1], target.name]


def test_a_folder_of_many_small_files_is_swept_once(
    bucket: Any, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bucket, CONTENT[:PART])
    swept: list[Path] = []
    glob = Path.glob

    def looked(self: Path, pattern: str) -> Iterator[Path]:
        swept.append(self)
        return glob(self, pattern)

    monkeypatch.setattr(Path, "glob", looked)
    for name in "abc":
        fetch(bucket, target.with_name(name))
    assert swept == [target.parent]


def test_a_large_file_is_on_the_disk_before_it_has_its_name(
    bucket: Any, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[int, bool]] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: found.append((os.fstat(handle).st_size, target.exists()))
    )
    write(bucket, CONTENT[:PART])
    fetch(bucket, target.with_name("small"))
    assert found == []
    write(bucket, CONTENT)
    fetch(bucket, target)
    assert found == [(len(CONTENT), False)]


@pytest.mark.parametrize("is_kept", [True, False])
def test_one_that_the_user_stops_says_what_has_come(
    written: Any, target: Path, is_kept: bool, interrupted: threading.Event
) -> None:
    def stop(moved: Moved) -> None:
        if moved.parts == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert interrupted.wait(30)
            time.sleep(0.2)

    keep = target.parent if is_kept else None
    with pytest.raises(InterruptedTransferError) as told:
        fetch(written, target, keep=keep, watch=stop)
    rest = "the same command fetches the others alone." if is_kept else "nothing of it stays."
    assert str(told.value) == (
        f"interrupted: 3 of 4 parts (0.0 of 0.0 MiB) of {written.place()} had come; {rest}"
    )
    assert len(left_in(target.parent)) == (2 if is_kept else 0)
    written.calls.clear()
    fetch(written, target, keep=keep)
    assert written.ranges_asked() == (RANGES[3:] if is_kept else RANGES)
    assert target.read_bytes() == CONTENT


def test_a_folder_on_another_disk_may_keep_what_has_come(
    written: Any, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    keep, replace = target.parent / "keep", Path.replace

    def elsewhere(self: Path, new: Path) -> Path:
        if self.parent == keep:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, new)

    monkeypatch.setattr(Path, "replace", elsewhere)
    fetch(written, target, keep=keep)
    assert target.read_bytes() == CONTENT
    assert left_in(keep) == []
    assert left_in(target.parent) == ["keep", target.name]

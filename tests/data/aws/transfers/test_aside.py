"""Nobody writes into a file that somebody else has, or that has its name already."""

import errno
import fcntl
import os
import time
from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.transfers.aside import open_aside, remove_old


def test_a_file_that_got_its_name_before_it_was_locked_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    with open_aside(tmp_path, "object") as first:
        first.write(b"whole", 0)
        place = first.path
    lock, met = fcntl.flock, []

    def locked(handle: int, operation: int) -> Any:
        if not met:
            # Who had it is done with it now.
            met.append(place.replace(target))
        return lock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", locked)
    with open_aside(tmp_path, "object") as second:
        assert (second.path, second.is_kept) == (place, True)
        second.write(b"other", 0)
    assert target.read_bytes() == b"whole"
    assert place.read_bytes() == b"other"


def test_whoever_comes_second_has_a_file_of_their_own_and_leaves_nothing(tmp_path: Path) -> None:
    with open_aside(tmp_path, "object") as first, open_aside(tmp_path, "object") as second:
        second.write(b"second", 0)
        first.write(b"first", 0)
        second.journal.touch()
        assert (first.is_kept, second.is_kept) == (True, False)
        assert second.read(6, 0) == b"second"
    assert [each.name for each in tmp_path.iterdir()] == [first.path.name]
    with open_aside(tmp_path, "object") as again:
        assert again.read(9, 0) == b"first"


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_where_there_are_no_locks_everybody_has_a_file_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(*_: object) -> None:
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refused)
    with open_aside(tmp_path, "object") as first, open_aside(tmp_path, "object") as second:
        assert (first.is_kept, second.is_kept) == (False, False)
        assert first.path != second.path
        first.write(b"first", 0)
        first.move_to(tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"first"


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[bytes, bool]]:
    """What was brought to the disk, and whether the target was there by then."""
    found: list[tuple[bytes, bool]] = []

    def sync(handle: int) -> None:
        content = os.pread(handle, os.fstat(handle).st_size, 0)
        found.append((content, (tmp_path / "target").exists()))

    monkeypatch.setattr(os, "fsync", sync)
    return found


def test_bytes_are_on_the_disk_before_the_file_has_its_name(
    tmp_path: Path, synced: list[tuple[bytes, bool]]
) -> None:
    with open_aside(tmp_path / "aside", "object") as aside:
        aside.write(b"whole", 0)
        aside.move_to(tmp_path / "target", durably=True)
    assert synced == [(b"whole", False)]


def test_bytes_that_come_from_another_disk_are_on_this_one_before_the_file_has_its_name(
    tmp_path: Path, synced: list[tuple[bytes, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def elsewhere(self: Path, new: Path) -> Path:
        if self.parent == tmp_path / "aside":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, new)

    monkeypatch.setattr(Path, "replace", elsewhere)
    with open_aside(tmp_path / "aside", "object") as aside:
        aside.write(b"whole", 0)
        aside.move_to(tmp_path / "target", durably=True)
    assert synced[-1] == (b"whole", False)
    assert (tmp_path / "target").read_bytes() == b"whole"


def test_a_folder_of_such_a_name_is_left_alone_and_ends_no_sweep(tmp_path: Path) -> None:
    (tmp_path / ".folder.penstock-aside").mkdir()
    for number in range(3):
        (tmp_path / f".{number}.penstock-aside").write_bytes(b"half")
    then = time.time() - 8 * 24 * 3600
    for each in tmp_path.iterdir():
        os.utime(each, (then, then))
    remove_old(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [".folder.penstock-aside"]

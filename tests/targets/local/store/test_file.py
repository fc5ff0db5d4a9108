import contextlib
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.errors import StepError
from penstock.targets.local.store.file import FileStore

store = FileStore()


def uri(path: Path) -> str:
    return f"file://{path}"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def published(tmp_path: Path) -> Path:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "data").write_bytes(b"artifact")
    store.publish(tmp_path / "job", uri(tmp_path / "published"))
    return tmp_path / "published"


@pytest.fixture
def other_file_system(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system at /dev/shm")
    folder = memory / f"penstock-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@contextlib.contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_published_file_is_a_link_and_read_only(tmp_path: Path, published: Path) -> None:
    assert (published / "data").samefile(tmp_path / "job" / "data")
    assert mode(published / "data") == 0o444


def test_a_fetched_file_is_a_link_and_no_symbolic_one(tmp_path: Path, published: Path) -> None:
    store.fetch(uri(published), tmp_path / "in")
    assert (tmp_path / "in" / "data").samefile(published / "data")
    assert not (tmp_path / "in" / "data").is_symlink()


def test_another_user_cannot_write_a_fetched_artifact(tmp_path: Path, published: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    store.fetch(uri(published), tmp_path / "in")
    program = "import os, sys; os.setuid(65534); os.open(sys.argv[1], os.O_WRONLY)"
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "in" / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PermissionError: [Errno 13]" in ended.stderr


def test_an_artifact_passed_on_is_linked_again(tmp_path: Path, published: Path) -> None:
    store.fetch(uri(published), tmp_path / "in")
    store.publish(tmp_path / "in", uri(tmp_path / "again"))
    assert (tmp_path / "again" / "data").samefile(published / "data")


@pytest.mark.parametrize("symbolic", [False, True])
def test_a_users_file_that_a_job_passes_on_stays_the_users(tmp_path: Path, symbolic: bool) -> None:
    own = tmp_path / "own.csv"
    own.write_bytes(b"rows")
    own.chmod(0o644)
    output = tmp_path / "job" / "data"
    output.parent.mkdir()
    if symbolic:
        output.symlink_to(own)
    else:
        output.hardlink_to(own)
    store.publish(tmp_path / "job", uri(tmp_path / "published"))
    assert mode(own) == 0o644
    own.write_bytes(b"changed")
    assert (tmp_path / "published" / "data").read_bytes() == b"rows"
    assert mode(tmp_path / "published" / "data") == 0o444


def test_across_file_systems_a_fetched_file_is_a_symbolic_link(
    tmp_path: Path, published: Path, other_file_system: Path
) -> None:
    for _ in range(2):
        store.fetch(uri(published), other_file_system / "in")
    fetched = other_file_system / "in" / "data"
    assert fetched.is_symlink()
    assert fetched.read_bytes() == b"artifact"
    assert [path.name for path in fetched.parent.iterdir()] == ["data"]


def test_across_file_systems_a_published_file_is_a_copy(
    tmp_path: Path, other_file_system: Path
) -> None:
    (other_file_system / "data").write_bytes(b"artifact")
    for _ in range(2):
        store.publish(other_file_system, uri(tmp_path / "out"))
    copy = tmp_path / "out" / "data"
    assert copy.read_bytes() == b"artifact"
    assert not copy.is_symlink()
    assert mode(copy) == 0o444
    assert [path.name for path in copy.parent.iterdir()] == ["data"]


def test_a_copy_that_does_not_end_is_told_and_leaves_nothing(
    tmp_path: Path, other_file_system: Path
) -> None:
    source, target = other_file_system / "data", tmp_path / "out" / "data"
    source.write_bytes(bytes(60_000))
    with largest_file(30_000), pytest.raises(StepError) as caught:
        store.publish(source, uri(target))
    assert str(caught.value) == (
        f"{uri(target)} cannot be written: {os.strerror(errno.EFBIG)}."
        " Look at its path and its disk."
    )
    assert list(target.parent.iterdir()) == []


def test_a_tiny_disk_that_is_full_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        (tmp_path / "data").write_bytes(bytes(100_000))
        with pytest.raises(StepError) as caught:
            store.publish(tmp_path / "data", uri(disk / "out"))
        assert str(caught.value) == (
            f"{uri(disk / 'out')} cannot be written: No space left on device."
            " Make room, then resume the run."
        )
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path, published: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StepError) as caught:
        store.publish(published, uri(tmp_path / "taken"))
    assert str(caught.value) == (
        f"{uri(tmp_path / 'taken')} cannot be written: File exists. Look at its path and its disk."
    )
    with pytest.raises(StepError) as caught:
        store.publish(tmp_path / "taken", uri(published))
    assert str(caught.value) == (
        f"{uri(published)} cannot be written: File exists. Look at its path and its disk."
    )


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    place = uri(tmp_path / ("x" * 300))
    told = f"{place} cannot be read: File name too long. Look at its path and its disk."
    for ask in (store.exists, store.read, lambda asked: store.fetch(asked, tmp_path / "in")):
        with pytest.raises(StepError) as caught:
            ask(place)
        assert str(caught.value) == told


def test_the_longest_name_of_a_file_can_be_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out" / ("x" * 255)
    for content in (b"1", b"2"):
        source = tmp_path / content.decode()
        source.write_bytes(content)
        store.publish(source, uri(target))
    assert target.read_bytes() == b"2"

import gzip
import os
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import StepError
from penstock.targets.local.jobs.archive import pack, unpack

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=40
).filter(lambda name: name not in (".", "..") and not name.endswith(".penstock-aside"))
trees = st.dictionaries(names, st.binary(max_size=200), max_size=6)


def fill(folder: Path, tree: dict[str, bytes]) -> Path:
    for name, content in tree.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    folder.mkdir(exist_ok=True)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def packed(folder: Path, target: Path) -> bytes:
    pack(folder, target)
    return target.read_bytes()


@given(trees)
def test_the_same_files_give_the_same_bytes_whenever_and_in_whatever_order_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("archive")
    one = fill(place / "one", content)
    two = fill(place / "two", dict(reversed(content.items())))
    for file in two.iterdir():
        os.utime(file, (1, time.time() - 1e6))
        file.chmod(0o600)
    assert packed(one, place / "a.tar.gz") == packed(two, place / "another name.tar.gz")


@given(trees)
def test_what_was_packed_is_unpacked(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("archive")
    pack(fill(place / "in", content), place / "a.tar.gz")
    unpack(place / "a.tar.gz", place / "out")
    assert tree(place / "out") == content


def test_folders_come_back_and_empty_ones_as_well(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"a/b/c": b"x", "a.b": b"y"})
    (tmp_path / "in" / "empty").mkdir()
    pack(tmp_path / "in", tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        assert archive.getnames() == ["a", "a/b", "a/b/c", "a.b", "empty"]
    unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "empty").is_dir()


def test_no_member_names_its_owner_or_its_time(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"run": b"", "a/data": b""})
    (tmp_path / "in" / "run").chmod(0o700)
    pack(tmp_path / "in", tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        facts = {
            member.name: (member.mode, member.uid, member.gid, member.uname, member.mtime)
            for member in archive
        }
    assert facts == {
        "a": (0o755, 0, 0, "", 0),
        "a/data": (0o644, 0, 0, "", 0),
        "run": (0o755, 0, 0, "", 0),
    }


def test_an_archive_names_neither_itself_nor_its_time(tmp_path: Path) -> None:
    content = packed(fill(tmp_path / "in", {"data": b"x"}), tmp_path / "a.tar.gz")
    flags_and_time = content[3:8]
    assert flags_and_time == bytes(5)


def test_links_are_packed_as_what_they_name(tmp_path: Path) -> None:
    elsewhere = fill(tmp_path / "elsewhere", {"file": b"x"})
    plain = fill(tmp_path / "plain", {"a": b"x", "b": b"x", "folder/file": b"x"})
    linked = fill(tmp_path / "linked", {"a": b"x"})
    (linked / "b").hardlink_to(linked / "a")
    (linked / "folder").symlink_to(elsewhere)
    assert packed(linked, tmp_path / "1.tar.gz") == packed(plain, tmp_path / "2.tar.gz")
    (linked / "b").unlink()
    (linked / "b").symlink_to(elsewhere / "file")
    assert packed(linked, tmp_path / "3.tar.gz") == packed(plain, tmp_path / "4.tar.gz")


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        pack(tmp_path / "none", tmp_path / "a.tar.gz")
    assert str(caught.value) == (
        f"{tmp_path / 'none'} cannot be packed: No such file or directory. Look at its files."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    folder = fill(tmp_path / "in", {"data": os.urandom(200_000)})
    monkeypatch.setattr(
        "penstock.targets.local.jobs.archive.aside_name",
        lambda target: _link_to_full(target.with_name("aside")),
    )
    with pytest.raises(StepError) as caught:
        pack(folder, tmp_path / "a.tar.gz")
    assert str(caught.value) == (
        f"{folder} cannot be packed: No space left on device. Make room, then resume the run."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def _link_to_full(place: Path) -> Path:
    place.symlink_to("/dev/full")
    return place


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_an_archive_cut_short_is_an_error_of_the_archive(tmp_path: Path, share: float) -> None:
    content = packed(fill(tmp_path / "in", {"data": os.urandom(50_000)}), tmp_path / "a.tar.gz")
    (tmp_path / "a.tar.gz").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(tarfile.TarError):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no archive", mtime=0)])
def test_what_is_no_archive_is_an_error_of_the_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(tarfile.TarError):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


def test_a_bit_that_changed_is_an_error_of_the_archive(tmp_path: Path) -> None:
    content = bytearray(
        packed(fill(tmp_path / "in", {"data": os.urandom(50_000)}), tmp_path / "a.tar.gz")
    )
    content[len(content) // 2] ^= 1
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(tarfile.TarError):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("name", ["../escaped", "a/../../escaped"])
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "file", name)
    with pytest.raises(tarfile.TarError):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert not (tmp_path / "escaped").exists()

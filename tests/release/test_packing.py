import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import DataError
from penstock.release import packing
from penstock.release.packing import pack
from penstock.release.unpacking import unpack

PARTS = st.text("abXY09._+@=,-", min_size=1, max_size=60).filter(lambda part: set(part) != {"."})
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(st.dictionaries(PATHS, st.binary(max_size=1500), max_size=6))
def test_what_is_packed_is_unpacked_or_refused(files: dict[str, bytes]) -> None:
    try:
        archive = pack(files)
    except DataError:
        return
    found = unpack(archive, "x")
    assert found.problems == () or not files
    assert found.files == files


@given(st.dictionaries(PATHS, st.binary(max_size=600), min_size=1, max_size=4))
def test_other_readers_see_the_same_files_owned_by_no_one_and_dated_1970(
    files: dict[str, bytes],
) -> None:
    try:
        archive = pack(files)
    except DataError:
        return
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
        found = {}
        for each in opened:
            reader = opened.extractfile(each)
            assert reader is not None
            found[each.name] = reader.read()
            assert (each.mode, each.uid, each.gid, each.mtime) == (0o644, 0, 0, 0)
            assert (each.uname, each.gname) == ("", "")
    assert found == files
    assert list(found) == sorted(files)


def test_tar_of_the_system_unpacks_it_and_sha256sum_checks_its_manifest(
    archive: bytes, tmp_path: Path
) -> None:
    (tmp_path / "release.tar").write_bytes(archive)
    subprocess.run(["tar", "xf", "release.tar"], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["sha256sum", "--check", "manifest.sha256"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "manifest.json: OK\n"


def test_every_name_without_a_place_is_told() -> None:
    with pytest.raises(DataError) as caught:
        pack(
            {
                "a b": b"",
                "../out": b"",
                "größe": b"",
                "x" * 101: b"",
                "code/A": b"",
                "code/a": b"",
                "dir": b"",
                "dir/file": b"",
            }
        )
    names = "a release has no place for such a name. Use letters, digits and ._+@=,- in the names"
    assert str(caught.value).splitlines() == [
        f"../out: {names} of files.",
        f"a b: {names} of files.",
        "code/a: on some systems this is the same file as code/A. Rename one of them.",
        "dir/file: dir is a file and a folder. Rename one of them.",
        rf"gr\xf6\xdfe: {names} of files.",
        f"{'x' * 101}: the path is too long for a release. Shorten it.",
    ]


def test_limits_are_those_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MAXIMUM_BYTES", 2048)
    monkeypatch.setattr(packing, "MAXIMUM_MEMBERS", 1)
    with pytest.raises(DataError) as caught:
        pack({"a": bytes(1024)})
    assert str(caught.value) == (
        "the release would have 2,560 bytes; it may have 2,048. "
        "Leave out what pipelines do not need."
    )
    with pytest.raises(DataError) as caught:
        pack({"a": b"", "b": b""})
    assert str(caught.value) == (
        "there are 2 files; a release may have 1. Leave out what pipelines do not need."
    )

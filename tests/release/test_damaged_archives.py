"""One changed byte is told and its place named; nothing that is no release brings a traceback."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.release import verify_release
from penstock.release.header import read_header, write_header
from penstock.release.packing import pack

FILE = "release.tar"
MEND = "Fetch the release again, or build it again."


@dataclass(frozen=True)
class Region:
    """Bytes of an archive that belong together."""

    path: str
    part: str
    start: int
    end: int


def regions(archive: bytes) -> Iterator[Region]:
    offset = 0
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as opened:
        for each in opened:
            end = each.offset_data + each.size
            offset = end + -end % 512
            yield Region(each.name, "header", each.offset, each.offset_data)
            yield Region(each.name, "content", each.offset_data, end)
            yield Region(each.name, "padding", end, offset)
    yield Region("", "end", offset, len(archive))


def told(archive: bytes) -> list[str]:
    result = verify_release(archive, FILE)
    assert (result.release is None) == bool(result.problems)
    return list(map(str, result.problems))


def check_change(archive: bytes, place: int, change: int) -> None:
    changed = bytearray(archive)
    changed[place] ^= change
    problems = told(bytes(changed))
    region = next(each for each in regions(archive) if each.start <= place < each.end)
    text = "\n".join(problems)
    if region.part == "end":
        assert problems == [f"{FILE}: the end of the archive is not zero at byte {place:,}. {MEND}"]
    elif region.part == "padding":
        where = f"{FILE}!{region.path}"
        assert problems == [f"{where}: the padding behind it is not zero at byte {place:,}. {MEND}"]
    elif region.part == "header":
        assert f"header at byte {region.start:,} is damaged or foreign: " in text
        assert f"{FILE}!{region.path}: " in text
    elif region.path == "manifest.sha256":
        assert f"{FILE}!manifest.json: its SHA-256 is " in text
        assert "not what manifest.sha256 says: one of the two was changed." in text
    else:
        assert f"{FILE}!{region.path}: " in text


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_a_changed_byte_anywhere_is_told_and_named(archive: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(archive) - 1))
    check_change(archive, place, data.draw(st.integers(1, 255)))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_of_what_says_what_the_rest_is_is_told_and_named(
    archive: bytes, data: st.DataObject
) -> None:
    small = [
        each
        for each in regions(archive)
        if each.part in ("header", "padding", "end") or each.path.startswith(("m", "p", "s"))
    ]
    region = data.draw(st.sampled_from([each for each in small if each.start < each.end]))
    place = data.draw(st.integers(region.start, region.end - 1))
    check_change(archive, place, data.draw(st.integers(1, 255)))


def test_every_bit_of_a_header_counts() -> None:
    header = write_header("definitions/sagemaker/wine-training.json", 1739)
    assert read_header(header).differing == ()
    for bit in range(8 * len(header)):
        changed = bytearray(header)
        changed[bit // 8] ^= 1 << bit % 8
        assert "chksum" in read_header(bytes(changed)).differing


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_an_archive_that_was_cut_off_is_told(archive: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(archive) - 1))
    problems = told(archive[:length])
    cut = "it is empty." if length == 0 else "it was cut off: "
    begins = "it does not begin as a release does: "
    assert any(cut in each or (length < 512 and begins in each) for each in problems)


@settings(max_examples=50, deadline=None)
@given(more=st.binary(min_size=1, max_size=2048))
def test_bytes_behind_the_end_are_told(archive: bytes, more: bytes) -> None:
    assert told(archive + more) == [
        f"{FILE}: {len(more):,} bytes follow the end of the archive at byte {len(archive):,}. "
        f"{MEND}"
    ]


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=4096))
def test_any_bytes_are_refused_without_a_traceback(content: bytes) -> None:
    assert told(content)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_blocks_in_any_order_are_refused_without_a_traceback(
    archive: bytes, data: st.DataObject
) -> None:
    blocks = [archive[place : place + 512] for place in range(0, len(archive), 512)]
    some = data.draw(st.lists(st.sampled_from(blocks), max_size=40))
    assert told(b"".join(some))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a character device"),
        (tarfile.BLKTYPE, "a block device"),
        (tarfile.DIRTYPE, "a folder"),
        (tarfile.FIFOTYPE, "a named pipe"),
        (tarfile.XHDTYPE, "a pax header"),
        (b"Z", "of an unknown kind"),
    ],
)
def test_a_release_holds_regular_files_alone(kind: bytes, said: str) -> None:
    member = tarfile.TarInfo("code/x")
    member.type, member.linkname = kind, "/etc/passwd"
    content = member.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)
    where = f"{FILE}!code/x{'/' if kind == tarfile.DIRTYPE else ''}"
    assert told(content)[0] == f"{where}: it is {said}; a release holds regular files alone. {MEND}"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../out",
        "code/../../out",
        "code//x",
        "code/./x",
        "a b",
        "a\\b",
        "\x1b[2J",
        "",
    ],
)
def test_a_name_that_leaves_the_archive_is_refused(name: str) -> None:
    member = tarfile.TarInfo(name)
    content = member.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)
    shown = ascii(name)[1:-1]
    problem = f"{FILE}!{shown}: a release has no place for such a name. {MEND}"
    assert problem in told(content)
    assert "\x1b" not in "".join(told(content))


def test_a_file_is_there_once_and_in_its_order() -> None:
    one, two = pack({"code/a": b"1"})[:1024], pack({"code/b": b"2"})[:1024]
    problems = told(two + one + one + bytes(1024))
    assert f"{FILE}!code/a: it stands behind code/b; a release is sorted. {MEND}" in problems
    assert f"{FILE}!code/a: it is there twice. {MEND}" in problems


def test_two_names_for_one_file_are_told() -> None:
    upper, lower = pack({"code/A": b"1"})[:1024], pack({"code/a": b"2"})[:1024]
    said = f"{FILE}!code/a: on some systems it is the same file as code/A. {MEND}"
    assert said in told(upper + lower + bytes(1024))


def test_an_archive_of_another_tool_is_told_by_its_headers(archive: bytes) -> None:
    buffer = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as found,
        tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as written,
    ):
        for each in found:
            each.mtime, each.uname = 1, "ben"
            written.addfile(each, found.extractfile(each))
    problems = told(buffer.getvalue())
    said = "its header at byte 0 is damaged or foreign: mtime, magic, version, uname, devmajor"
    assert any(said in each for each in problems), problems[0]


def test_too_many_files_are_not_read() -> None:
    blocks = b"".join(pack({f"code/{number:05}": b""})[:512] for number in range(10_001))
    said = f"{FILE}: it has more files than a release may have, 10,000. {MEND}"
    assert said in told(blocks + bytes(1024))


def test_a_compressed_archive_is_told(archive: bytes) -> None:
    import gzip

    said = "it does not begin as a release does: it is another kind of file, or damaged."
    assert told(gzip.compress(archive))[0] == f"{FILE}: {said} {MEND}"

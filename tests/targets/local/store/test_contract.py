"""What every store promises."""

from pathlib import Path
from typing import Protocol

import pytest

from penstock.errors import StepError
from penstock.targets.local.store.port import Store

NAMES = ["data", "data copy.csv", "deep/er/part-1.parquet", "é/ü+%20.bin", ".hidden", "a&b=c.txt"]


class Place(Protocol):
    """A store and a URI below which a test may write; see the fixture."""

    store: Store

    def uri(self, name: str) -> str: ...


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for number, name in enumerate(NAMES):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * number)
    return folder


def test_a_folder_comes_back_as_it_was_published(
    place: Place, source: Path, tmp_path: Path
) -> None:
    place.store.publish(source, place.uri("out"))
    place.store.fetch(place.uri("out"), tmp_path / "in")
    assert tree(tmp_path / "in") == tree(source)
    assert set(tree(source)) == set(NAMES)


@pytest.mark.parametrize("end", ["", "/"])
def test_a_slash_at_the_end_of_a_folder_changes_nothing(
    place: Place, source: Path, tmp_path: Path, end: str
) -> None:
    place.store.publish(source, place.uri("out") + end)
    place.store.fetch(place.uri("out"), tmp_path / "one")
    place.store.fetch(place.uri("out/"), tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two") == tree(source)


def test_a_file_comes_back_under_its_own_name(place: Place, tmp_path: Path) -> None:
    (tmp_path / "local").write_bytes(b"model")
    place.store.publish(tmp_path / "local", place.uri("out/model.tar.gz"))
    place.store.fetch(place.uri("out/model.tar.gz"), tmp_path / "in" / "channel")
    assert tree(tmp_path / "in") == {"channel/model.tar.gz": b"model"}


def test_a_folder_is_not_mistaken_for_another_whose_name_goes_on(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for name in ("train/a", "train-2/b", "train2"):
        place.store.publish(tmp_path / "file", place.uri(name))
    place.store.fetch(place.uri("train"), tmp_path / "in")
    assert tree(tmp_path / "in") == {"a": b"x"}
    assert not place.store.exists(place.uri("trai"))


def test_publishing_again_changes_nothing(place: Place, source: Path, tmp_path: Path) -> None:
    for _ in range(2):
        place.store.publish(source, place.uri("out"))
    place.store.fetch(place.uri("out"), tmp_path / "in")
    assert tree(tmp_path / "in") == tree(source)


def test_publishing_something_else_takes_the_place(place: Place, tmp_path: Path) -> None:
    for number in (1, 2):
        file = tmp_path / f"{number}"
        file.write_bytes(b"%d" % number)
        place.store.publish(file, place.uri("out"))
    assert place.store.read(place.uri("out")) == b"2"
    assert (tmp_path / "1").read_bytes() == b"1"


def test_fetching_again_changes_nothing(place: Place, source: Path, tmp_path: Path) -> None:
    place.store.publish(source, place.uri("out"))
    for _ in range(2):
        place.store.fetch(place.uri("out"), tmp_path / "in")
    assert tree(tmp_path / "in") == tree(source)


def test_linked_files_and_folders_are_published_as_what_they_name(
    place: Place, tmp_path: Path
) -> None:
    elsewhere, source = tmp_path / "elsewhere", tmp_path / "source"
    elsewhere.mkdir()
    source.mkdir()
    (elsewhere / "file").write_bytes(b"x")
    (source / "folder").symlink_to(elsewhere)
    (source / "link").symlink_to(elsewhere / "file")
    (source / "circle").symlink_to(source)
    (source / "nowhere").symlink_to(tmp_path / "none")
    place.store.publish(source, place.uri("out"))
    place.store.fetch(place.uri("out"), tmp_path / "in")
    assert tree(tmp_path / "in") == {"folder/file": b"x", "link": b"x"}
    assert not any(path.is_symlink() and path.is_dir() for path in (tmp_path / "in").iterdir())


def test_what_a_crash_left_half_written_is_not_published(place: Place, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_bytes(b"x")
    (source / ".17-0a.penstock-aside").write_bytes(b"half")
    place.store.publish(source, place.uri("out"))
    place.store.fetch(place.uri("out"), tmp_path / "in")
    assert tree(tmp_path / "in") == {"file": b"x"}


def test_a_file_and_a_folder_exist_and_nothing_else_does(place: Place, source: Path) -> None:
    place.store.publish(source, place.uri("out"))
    assert place.store.exists(place.uri("out"))
    assert place.store.exists(place.uri("out/"))
    assert place.store.exists(place.uri("out/deep"))
    assert place.store.exists(place.uri("out/data"))
    assert not place.store.exists(place.uri("out/dat"))
    assert not place.store.exists(place.uri("out/data/more"))
    assert not place.store.exists(place.uri("other"))


def test_an_empty_folder_is_nothing(place: Place, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    place.store.publish(tmp_path / "empty", place.uri("out"))
    assert not place.store.exists(place.uri("out"))
    with pytest.raises(StepError):
        place.store.fetch(place.uri("out"), tmp_path / "in")


def test_one_file_can_be_read(place: Place, source: Path) -> None:
    place.store.publish(source, place.uri("out"))
    assert place.store.read(place.uri("out/é/ü+%20.bin")) == "é/ü+%20.bin".encode() * 3


@pytest.mark.parametrize("name", ["none", "out/data/none"])
def test_fetching_nothing_is_told(place: Place, source: Path, tmp_path: Path, name: str) -> None:
    place.store.publish(source, place.uri("out"))
    with pytest.raises(StepError) as caught:
        place.store.fetch(place.uri(name), tmp_path / "in")
    assert str(caught.value) == (
        f"there is nothing at {place.uri(name)}. Look at the step that should write it."
    )
    assert not (tmp_path / "in").exists()


def test_reading_nothing_is_told(place: Place) -> None:
    with pytest.raises(StepError) as caught:
        place.store.read(place.uri("none"))
    told = str(caught.value)
    assert told.startswith(f"{place.uri('none')} cannot be read: ")
    assert told.endswith(" Look at the step that should write it.")


def test_publishing_what_is_not_there_is_told(place: Place, tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        place.store.publish(tmp_path / "none", place.uri("out"))
    assert str(caught.value).startswith(
        f"{place.uri('out')} cannot be written: No such file or directory."
    )
    assert not place.store.exists(place.uri("out"))


def test_a_removed_file_is_gone_its_neighbours_stay_and_removing_again_is_harmless(
    place: Place, source: Path, tmp_path: Path
) -> None:
    place.store.publish(source, place.uri("out"))
    for _ in range(2):
        place.store.remove(place.uri("out/data copy.csv"))
    place.store.fetch(place.uri("out"), tmp_path / "in")
    assert set(tree(tmp_path / "in")) == set(NAMES) - {"data copy.csv"}
    assert not place.store.exists(place.uri("out/data copy.csv"))


def test_a_mark_changes_with_the_files_and_with_nothing_else(
    place: Place, source: Path, tmp_path: Path
) -> None:
    assert place.store.mark(place.uri("out")) == ""
    place.store.publish(source, place.uri("out"))
    marks = [place.store.mark(place.uri("out"))]
    place.store.fetch(place.uri("out"), tmp_path / "in")
    place.store.publish(source, place.uri("out-2"))
    assert place.store.mark(place.uri("out")) == place.store.mark(place.uri("out/")) == marks[0]
    (tmp_path / "file").write_bytes(b"other")
    place.store.publish(tmp_path / "file", place.uri("out/data"))
    marks.append(place.store.mark(place.uri("out")))
    place.store.publish(tmp_path / "file", place.uri("out/one more"))
    marks.append(place.store.mark(place.uri("out")))
    place.store.remove(place.uri("out/.hidden"))
    marks.append(place.store.mark(place.uri("out")))
    assert len({*marks, ""}) == 5


def test_a_file_has_a_mark_of_its_own(place: Place, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode() * 2)
        place.store.publish(tmp_path / name, place.uri(name))
    assert "" != place.store.mark(place.uri("a")) != place.store.mark(place.uri("b"))

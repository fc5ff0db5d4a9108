from pathlib import Path

import pytest

from penstock.data.tree import aside_name, entries_below, files_below


def names(folder: Path) -> list[str]:
    return [name for _, name in entries_below(folder)]


def test_entries_come_in_an_order_of_their_names_alone(tmp_path: Path) -> None:
    for name in ("b", "a/z", "a/b/c", "a.txt", "B", "é"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty").mkdir()
    assert names(tmp_path) == ["B", "a", "a/b", "a/b/c", "a/z", "a.txt", "b", "empty", "é"]
    assert [name for _, name in files_below(tmp_path)] == ["B", "a/b/c", "a/z", "a.txt", "b", "é"]


def test_a_circle_of_links_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "twin").symlink_to(tmp_path / "a" / "b")
    assert names(tmp_path) == ["a", "a/b", "a/b/file", "twin", "twin/file"]


def test_what_is_being_written_is_no_entry(tmp_path: Path) -> None:
    aside = aside_name(tmp_path / "file")
    aside.write_bytes(b"half")
    assert aside.parent == tmp_path
    assert names(tmp_path) == []


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        names(tmp_path / "none")

"""A content digest names bytes and relative paths, nothing else."""

from pathlib import Path

import pytest

from penstock.data.digest import content_digest


def test_the_same_files_elsewhere_have_the_same_digest(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "rows").write_bytes(b"abc")
        (tmp_path / name / "empty").write_bytes(b"")
    assert content_digest(tmp_path / "one") == content_digest(tmp_path / "two")
    assert content_digest(tmp_path / "one") == (
        "sha256:aa6f0fa1b30dde27e84e7a4d24e2020f826801ee49997ed44ae07b5ec89c47c1"
    )


@pytest.mark.parametrize("change", ["bytes", "name", "folder", "added"])
def test_any_change_changes_the_digest(tmp_path: Path, change: str) -> None:
    (tmp_path / "rows").write_bytes(b"abc")
    before = content_digest(tmp_path)
    match change:
        case "bytes":
            (tmp_path / "rows").write_bytes(b"abd")
        case "name":
            (tmp_path / "rows").rename(tmp_path / "row")
        case "folder":
            (tmp_path / "inner").mkdir()
            (tmp_path / "rows").rename(tmp_path / "inner" / "rows")
        case _:
            (tmp_path / "more").write_bytes(b"")
    assert content_digest(tmp_path) != before


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_digest(tmp_path / "none")


def test_the_description_beside_the_payload_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "model.json").write_text("1")
    (tmp_path / "inner" / "artifact.json").write_text("of the payload")
    before = content_digest(tmp_path)
    (tmp_path / "artifact.json").write_text("{}")
    assert content_digest(tmp_path) != before
    assert content_digest(tmp_path, leaving_out="artifact.json") == before


def test_files_behind_a_link_to_a_folder_count(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "rows").write_bytes(b"abc")
    for name in ("linked", "plain"):
        (tmp_path / name).mkdir()
    (tmp_path / "linked" / "inner").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "plain" / "inner").mkdir()
    (tmp_path / "plain" / "inner" / "rows").write_bytes(b"abc")
    assert content_digest(tmp_path / "linked") == content_digest(tmp_path / "plain")

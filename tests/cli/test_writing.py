"""A product is written as a whole or not at all."""

import os
from pathlib import Path

import pytest

from penstock.cli.writing import write_out
from penstock.errors import RequestError


def test_without_a_file_the_text_goes_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_out("text\n", None)
    assert capsys.readouterr().out == "text\n"


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")
    write_out("new", str(file))
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_out("\ud800", str(file))
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        write_out("new", str(tmp_path / "no" / "a.json"))
    assert (
        str(caught.value)
        == f"{tmp_path}/no: the folder does not exist. Make it, or choose another."
    )


def test_a_pipe_or_a_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_out("hello", str(pipe))
    assert os.read(reader, 100) == b"hello"
    os.close(reader)
    assert pipe.is_fifo()
    write_out("hello", os.devnull)
    assert Path(os.devnull).is_char_device()


def test_a_link_stays_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    write_out("new", str(tmp_path / "link"))
    assert (tmp_path / "file").read_text() == "new"
    assert (tmp_path / "link").is_symlink()

"""Kept compilations: found again only while nothing that matters has changed."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.cli import compile_cache
from penstock.cli.compile_cache import CompiledDefinition, cache_key, keep, read_cached

COMPILED = CompiledDefinition(
    "a-training", "{}", {"abc/run.py": b"pass\n"}, "s3://b/rows", ("a note.",), "k"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for part in ("pipelines/training/pipeline.py", "components/train.py", "use_cases/a/a.yaml"):
        (tmp_path / part).parent.mkdir(parents=True)
        (tmp_path / part).write_text("1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def key(project: Path) -> str:
    return cache_key(project, "training", "a", project / "use_cases" / "a")


def test_what_was_kept_is_found(project: Path) -> None:
    assert read_cached("k") is None
    keep("k", COMPILED)
    assert read_cached("k") == COMPILED


def test_the_same_files_give_the_same_key(project: Path) -> None:
    before = key(project)
    (project / "components/__pycache__").mkdir()
    (project / "components/__pycache__/train.cpython-311.pyc").write_bytes(b"1")
    (project / "README.md").write_text("1")
    assert key(project) == before


@pytest.mark.parametrize(
    "file", ["pipelines/training/pipeline.py", "components/train.py", "use_cases/a/a.yaml"]
)
def test_a_changed_file_gives_another_key(project: Path, file: str) -> None:
    before = key(project)
    (project / file).write_text("2")
    assert key(project) != before


@pytest.mark.parametrize(
    "file", ["components/new.py", "use_cases/a/rows.sql", "use_cases/a/segments.txt"]
)
def test_a_new_file_gives_another_key(project: Path, file: str) -> None:
    before = key(project)
    (project / file).write_text("")
    assert key(project) != before


def test_a_damaged_entry_is_not_used(project: Path) -> None:
    keep("k", COMPILED)
    (compile_cache.FOLDER / "k" / "definition.json").write_text("{} ")
    assert read_cached("k") is None
    keep("k", COMPILED)
    shutil.rmtree(compile_cache.FOLDER / "k" / "assets")
    assert read_cached("k") is None


def test_only_the_newest_entries_are_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_cache, "KEPT_ENTRIES", 2)
    for name in ("a", "b", "c"):
        keep(name, COMPILED)
    assert read_cached("a") is None
    assert read_cached("c") == replace(COMPILED, key="c")
    assert not [entry for entry in compile_cache.FOLDER.iterdir() if entry.name[0] == "."]


def test_a_cache_that_cannot_be_written_fails_nothing(project: Path) -> None:
    (project / ".penstock").write_text("a file")
    keep("k", COMPILED)
    assert read_cached("k") is None


def test_generated_rows_are_found_while_they_are_there(project: Path) -> None:
    keep("k", COMPILED)
    assert compile_cache.remembered_rows("k") is None
    (project / "rows").mkdir()
    compile_cache.remember_rows("k", project / "rows")
    assert compile_cache.remembered_rows("k") == project / "rows"
    (project / "rows").rmdir()
    assert compile_cache.remembered_rows("k") is None


def test_the_rows_of_a_compilation_that_is_not_kept_are_forgotten(project: Path) -> None:
    compile_cache.remember_rows("k", project)
    assert compile_cache.remembered_rows("k") is None

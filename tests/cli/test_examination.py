"""`pipeline doctor` finds what is planted, and says how to mend it."""

import shutil
import sqlite3
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest

from penstock.cli import examination
from penstock.cli.examination import Finding
from penstock.cli.machines import machines_of_project


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_unwritten_bytecode_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert examination.interpreter().state == "ok"
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    finding = examination.interpreter()
    assert finding.state == "warning"
    assert finding.remedy == (
        "Unset PYTHONDONTWRITEBYTECODE: every start compiles what it imports anew."
    )


def test_installed_versions_are_those_of_the_lock_file() -> None:
    finding = examination.versions()
    assert (finding.state, finding.remedy) == ("ok", "")


def test_missing_and_other_versions_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    distributions = [each for each in metadata.distributions() if each.name not in ("kfp", "click")]
    monkeypatch.setattr(metadata, "distributions", lambda: distributions)
    finding = examination.versions()
    assert finding == Finding("versions", "broken", "missing: click, kfp", "Run `make clean run`.")


@pytest.mark.parametrize(
    ("free", "state", "remedy"),
    [
        (6 << 30, "ok", ""),
        (2 << 30, "warning", "Ten runs on a month of rows need about 5 GiB."),
        (1 << 29, "broken", "Free some: .penstock/ can be deleted."),
    ],
)
def test_a_disk_that_fills_up_is_told_in_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str, remedy: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, free))
    assert examination.disk_space() == Finding(
        "disk space", state, f"{free / (1 << 30):.1f} GiB free at {folder}", remedy
    )


def test_looking_leaves_nothing_behind(folder: Path) -> None:
    assert examination.writable_home() == Finding("runs", "ok", f"0 kept in {folder}/.penstock")
    assert list(folder.iterdir()) == []


def test_a_home_that_cannot_be_written_is_broken(folder: Path) -> None:
    (folder / ".penstock").write_text("a file")
    assert examination.writable_home() == Finding(
        "runs",
        "broken",
        f"{folder}/.penstock cannot be written: File exists",
        "Change its permissions, or run the command in another folder.",
    )


def test_no_registry_yet_is_in_order() -> None:
    finding = examination.model_registry()
    assert (finding.state, finding.said.partition("; ")[2]) == ("ok", "no store yet")


def test_the_model_versions_of_the_registry_are_counted(folder: Path) -> None:
    (folder / ".penstock").mkdir()
    with sqlite3.connect(folder / ".penstock" / "mlflow.db") as connection:
        connection.execute("CREATE TABLE model_versions (name)")
        connection.execute("INSERT INTO model_versions VALUES ('a')")
    finding = examination.model_registry()
    assert finding.state == "ok"
    assert finding.said.endswith("; 1 model versions in .penstock/mlflow.db")


def test_a_damaged_registry_is_broken(folder: Path) -> None:
    (folder / ".penstock").mkdir()
    (folder / ".penstock" / "mlflow.db").write_bytes(b"no database at all" * 100)
    assert examination.model_registry() == Finding(
        "registry",
        "broken",
        ".penstock/mlflow.db: file is not a database",
        "Restore it from a copy, or move it away: the next run makes a new one.",
    )


def test_the_machines_of_a_project_are_those_that_its_use_cases_ask_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = (Path(__file__).parents[2] / "use_cases" / "wine" / "use_case.yaml").read_text()
    for name, sizes in {
        "large": "sagemaker: {train: {instance_type: ml.c5.4xlarge}}",
        "more": "resources: {preprocess: {cpu: 3, memory: 40G}, train: {cpu: 4}}",
        "wrong": "resources: {preprocess: {cpu: many}}",
    }.items():
        folder = tmp_path / "use_cases" / name
        folder.mkdir(parents=True)
        kept = [each for each in given.splitlines() if not each.startswith("name:")]
        (folder / "use_case.yaml").write_text("\n".join([f"name: {name}", *kept, sizes, ""]))
    monkeypatch.setattr("penstock.cli.machines.project_folder", lambda: tmp_path)
    assert machines_of_project() == {
        "processing": ["ml.m5.large", "ml.r5.2xlarge"],
        "training": ["ml.c5.4xlarge", "ml.m5.large", "ml.m5.xlarge"],
    }

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.targets.local.server.fingerprint import fingerprint


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("components/deep/part.py", "use_cases/fraud/features.sql", "own/__init__.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("1")
    return tmp_path


def touched(file: str) -> Callable[[Path], None]:
    return lambda project: os.utime(project / file, (1, 1))


def written(file: str) -> Callable[[Path], None]:
    def write(project: Path) -> None:
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text("2 and more")

    return write


@pytest.mark.parametrize(
    "change",
    [
        touched("components/deep/part.py"),
        touched("use_cases/fraud/features.sql"),
        touched("own/__init__.py"),
        written("components/deep/part.py"),
        written("components/added.py"),
        written("use_cases/fraud/use_case.yaml"),
        written("pipelines/pipeline.py"),
        written("module.py"),
        lambda project: (project / "components/deep/part.py").unlink(),
        lambda project: (project / "own").rename(project / "renamed"),
    ],
)
def test_changed_sources_change_it(project, change):
    before = fingerprint(project)
    change(project)
    assert fingerprint(project) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda project: None,
        written(".penstock/runs/1/job.py"),
        written("components/__pycache__/part.cpython-311.pyc"),
        written("data/rows.csv"),
        written("data/rows.yaml"),
        written("components/notes.txt"),
    ],
)
def test_what_no_job_loads_does_not_change_it(project, change):
    before = fingerprint(project)
    change(project)
    assert fingerprint(project) == before


def test_an_installed_package_changes_it(project, tmp_path, monkeypatch):
    installed = tmp_path / "lib" / "site-packages"
    installed.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(installed)])
    before = fingerprint(project)
    (installed / "tool-1.0.dist-info").mkdir()
    after = fingerprint(project)
    assert after != before
    (installed / "tool-1.0.dist-info").rename(installed / "tool-1.1.dist-info")
    assert fingerprint(project) not in (before, after)

"""A small project in git, whose one use case compiles as it does in this one."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
IMAGE = "registry.example/penstock@sha256:" + "a" * 64
COMMIT = {
    **{f"GIT_{who}_NAME": "ben" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ben@example.com" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "2026-11-21T15:00:00+02:00" for who in ("AUTHOR", "COMMITTER")},
}

NO_SETTINGS = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "no-such-file"}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **COMMIT, **NO_SETTINGS},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit_all(folder: Path) -> str:
    """Commit what is there at a time that is always the same; return the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")
    return git(folder, "rev-parse", "HEAD").strip()


def make_project(folder: Path) -> None:
    """Make the project; its commit is the same wherever and whenever it is made."""
    folder.mkdir()
    no_bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "use_cases" / "wine", folder / "use_cases" / "wine", ignore=no_bytecode)
    shutil.copytree(ROOT / "pipelines", folder / "pipelines", ignore=no_bytecode)
    shutil.copy(ROOT / "uv.lock", folder)
    (folder / ".gitignore").write_text("dist/\n.penstock/\n*.tar\nenvironments.yaml\n")
    git(folder, "init", "--quiet")
    commit_all(folder)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project that is released, and the working directory."""
    folder = tmp_path / "project"
    make_project(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("penstock.cli.project_pipelines.project_folder", lambda: folder)
    return folder


@pytest.fixture(scope="session")
def built_release(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The release of the project."""
    from penstock.cli.main import main

    folder = tmp_path_factory.mktemp("built") / "project"
    make_project(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("penstock.cli.project_pipelines.project_folder", lambda: folder)
        assert main(["release", "build", "--output", "r.tar", "--image", IMAGE]) == 0
    return (folder / "r.tar").read_bytes()


@pytest.fixture
def commit(project: Path) -> str:
    """The commit that is checked out."""
    return git(project, "rev-parse", "HEAD").strip()


@pytest.fixture
def compiled_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile nothing, for tests of what stands before or behind it."""
    from penstock.cli.release import collecting
    from penstock.release import Compiled

    def none(use_cases: object, progress: Callable[[str], None]) -> list[Compiled]:
        return []

    monkeypatch.setattr(collecting, "_compiled", none)

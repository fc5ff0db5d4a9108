"""Which of two commits is newer: by history where there is one, else by time."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.deployment.origin import Origin, age, origin_of


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Path, list[str]]:
    """A work tree with three commits on one line."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    git("init", "-q")
    commits = []
    for number in range(3):
        (tmp_path / "file").write_text(str(number))
        git("add", "-A")
        git("commit", "-qm", str(number))
        commits.append(git("rev-parse", "HEAD"))
    return tmp_path, commits


def test_the_origin_of_a_work_tree_names_commit_time_and_changes(
    clone: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, commits = clone
    found = origin_of(folder)
    assert (found.commit, found.dirty, found.release) == (commits[2], False, "")
    assert found.committed.endswith("+00:00")
    (folder / "new").write_text("x")
    assert origin_of(folder).dirty
    assert str(origin_of(folder)) == f"commit {commits[2][:10]} with changes, release none"


def test_a_folder_without_git_has_no_commit(tmp_path: Path) -> None:
    assert origin_of(tmp_path) == Origin()
    assert str(Origin()) == "no commit, release none"


def test_history_decides_whatever_the_clocks_say(clone: tuple[Path, list[str]]) -> None:
    folder, commits = clone
    first = Origin(commits[0], "2030-01-01T00:00:00+00:00")
    last = Origin(commits[2], "2020-01-01T00:00:00+00:00")
    assert age(first, last, folder) == "older"
    assert age(last, first, folder) == "newer"
    assert age(last, replace(last, dirty=True), folder) == "same"


def test_commits_that_a_shallow_clone_does_not_hold_are_told_apart_by_time(tmp_path: Path) -> None:
    early = Origin("a" * 40, "2026-01-01T00:00:00+00:00")
    late = Origin("b" * 40, "2026-01-02T00:00:00+00:00")
    assert age(early, late, tmp_path) == "older"
    assert age(late, early, tmp_path) == "newer"
    assert age(early, replace(late, committed=""), tmp_path) == "unrelated"
    assert age(Origin(), late, tmp_path) == "unknown"
    assert age(late, Origin(), tmp_path) == "unrelated"

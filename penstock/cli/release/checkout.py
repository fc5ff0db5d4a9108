"""What git says of the project: the commit, what differs from it, which files are its."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from penstock.errors import Problem, RequestError

_SECONDS = 60
_ELSEWHERE = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)
"""By these, a hook or another tool points git at another repository or index."""


_PLAINLY = ("--no-patch", "--no-show-signature", "--format=%H %ct")
_PLAIN = "Put the files themselves there."


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working tree.

    Attributes:
        folder: The project.
        commit: What is checked out, 40 or 64 hexadecimal digits.
        commit_time: When it was committed, in UTC, such as 2026-11-21T13:00:00Z.
        changed: What differs from the commit below the folder, untracked files too; sorted.
    """

    folder: Path
    commit: str
    commit_time: str
    changed: tuple[str, ...]

    def files(self, below: str) -> list[str]:
        """Return the files below a folder of the project: tracked, or untracked and not ignored.

        What was deleted is left out.

        Raises:
            RequestError: There are links or submodules, whose contents no commit of the project
                names; each is told.
        """
        kinds = ("--cached", "--others", "--exclude-standard")
        named = sorted(set(_split(_git(self.folder, "ls-files", "-z", *kinds, "--", below))))
        problems = []
        for each in named:
            path = self.folder / each
            if path.is_symlink():
                problems.append(Problem("a release holds no links.", str(path), _PLAIN))
            elif path.is_dir():
                problems.append(Problem("a release holds no submodules.", str(path), _PLAIN))
        if problems:
            raise RequestError(problems)
        return [each for each in named if (self.folder / each).is_file()]


def read_checkout(folder: Path) -> Checkout:
    """Ask git about a project; nothing is changed, the index neither.

    Raises:
        RequestError: git is missing, refuses, or the project is in no commit.
    """
    commit, seconds = _git(folder, "show", *_PLAINLY, "HEAD").split()
    if not _git(folder, "ls-files", "-z", "--", "pipelines"):
        raise RequestError(
            Problem(
                "the project is not in the git repository around it.",
                str(folder),
                "Build in a checkout of the project, with its own installation.",
            )
        )
    time = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Checkout(folder, commit, time, _changed(folder))


def _changed(folder: Path) -> tuple[str, ...]:
    """Return the paths that differ from the commit, whatever the user's settings of git hide."""
    found: set[str] = set()
    status = _split(
        _git(
            folder,
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--ignore-submodules=none",
            "--",
            ".",
        )
    )
    found.update(each[3:] for each in status)
    # Files of which git was told not to look: `update-index --assume-unchanged`, sparse checkouts.
    for each in _split(_git(folder, "ls-files", "-z", "-v", "--", ".")):
        if each[0] == "S" or each[0].islower():
            found.add(each[2:])
    # What is no Unicode has no place in JSON.
    return tuple(sorted(os.fsencode(each).decode("utf-8", "backslashreplace") for each in found))


def _split(output: str) -> list[str]:
    return [each for each in output.split("\0") if each]


def _git(folder: Path, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    kept.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0")
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            check=False,
            capture_output=True,
            env=kept,
            timeout=_SECONDS,
        )
    except FileNotFoundError as error:
        raise RequestError(
            Problem("git is not installed.", str(folder), "A release names a commit: install git.")
        ) from error
    except subprocess.TimeoutExpired as error:
        what = f"git {arguments[0]} took longer than {_SECONDS} seconds."
        raise RequestError(Problem(what, str(folder), "See what holds it up.")) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ").rstrip(".") if said else "it does not say why"
        raise RequestError(
            Problem(
                f"git cannot tell the commit: {reason}.",
                str(folder),
                "Build in a checkout of the project.",
            )
        )
    return os.fsdecode(done.stdout)

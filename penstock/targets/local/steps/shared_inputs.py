"""Notices a job that writes into its inputs, whose bytes it shares with the artifacts they are.

They are read-only, which does not keep a job of the superuser from writing.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from penstock.data.tree import files_below
from penstock.errors import Problem, StepError


class _Facts(NamedTuple):
    device: int
    number: int
    size: int
    changed_ns: int


class SharedInputs:
    """The files of a job's inputs that have another name elsewhere, as they were at its start."""

    def __init__(self) -> None:
        self._files: dict[Path, tuple[str, _Facts]] = {}

    def watch(self, name: str, folder: Path) -> None:
        """Remember the shared files of an input.

        Raises:
            OSError: The folder cannot be read.
        """
        for file, _ in files_below(folder):
            if file.is_symlink() or file.stat().st_nlink > 1:
                self._files[file] = name, _facts(file)

    def require_unchanged(self) -> None:
        """Refuse what was written in place; what the job removed or replaced is its own matter.

        Raises:
            StepError: Every input with such a file.
        """
        changed: dict[str, Path] = {}
        for file, (name, before) in self._files.items():
            if file.is_file():
                now = _facts(file)
                if now[:2] == before[:2] and now != before:
                    changed.setdefault(name, file)
        if changed:
            raise StepError(
                [
                    Problem(
                        f"it wrote into its input {name}, and so into the artifact itself.",
                        str(file),
                        "Let it write to a copy; the artifact is made anew when the run resumes.",
                    )
                    for name, file in changed.items()
                ]
            )


def _facts(file: Path) -> _Facts:
    facts = file.stat()
    return _Facts(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)

"""The code that a step ran, as near as this machine can come to it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Code:
    """Where the code is, and what people should know of it.

    Attributes:
        folder: Holds `components/` and the rest of the project.
        note: How it differs from what ran; empty: it does not.
    """

    folder: Path
    note: str = ""


def code_of(commit: str, project: Path, kept: Path) -> Code:
    """Return the project as it was at a commit.

    Args:
        commit: As the pipeline's tag has it: 40 digits, with `-dirty` where files differed.
        project: The work tree here.
        kept: Folder in which work trees of other commits are kept.
    """
    plain = commit.removesuffix("-dirty")
    if len(plain) != 40:
        return Code(project, "which code the step ran is not known; this work tree's is taken")
    dirty = ", and was changed beyond it" if commit != plain else ""
    here = _git(project, "rev-parse", "HEAD")
    if here == plain:
        changed = _git(project, "status", "--porcelain", "--untracked-files=no", "--", ".")
        if changed and not dirty:
            note = f"this work tree differs from commit {plain[:10]}, which the step ran"
            return Code(project, f"{note}; the work tree's code is taken")
        return Code(project, f"the step ran commit {plain[:10]}{dirty}" if dirty else "")
    folder = kept / plain
    if not (folder / ".git").exists() and _git(project, "cat-file", "-t", plain) == "commit":
        folder.parent.mkdir(parents=True, exist_ok=True)
        _git(project, "worktree", "prune")
        _git(project, "worktree", "add", "--detach", str(folder), plain)
    if (folder / "components").is_dir():
        return Code(folder, f"the code is that of commit {plain[:10]}{dirty}, in {folder}")
    note = f"the step ran commit {plain[:10]}, which this clone does not hold"
    return Code(project, f"{note}; this work tree's code is taken")


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""

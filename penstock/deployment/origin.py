"""From which commit something is deployed, and whether that is older than another one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_SECONDS = 10

Age = Literal["same", "newer", "older", "unknown", "unrelated"]
"""`unknown`: what is there comes from a commit, and this from none that git tells."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a definition comes from.

    Attributes:
        commit: 40 digits; empty: no work tree of git.
        committed: When, ISO 8601 in UTC; empty: not known.
        dirty: Whether files differ from the commit.
        release: `sha256` of the release's archive, 64 digits; empty: built from the work tree.
    """

    commit: str = ""
    committed: str = ""
    dirty: bool = False
    release: str = ""

    def __str__(self) -> str:
        commit = f"commit {self.commit[:10]}" if self.commit else "no commit"
        changed = " with changes" if self.dirty else ""
        return f"{commit}{changed}, release {self.release[:12] or 'none'}"


def origin_of(folder: Path) -> Origin:
    """Return the commit of a work tree."""
    found = _git(folder, "show", "--no-patch", "--format=%H %ct", "HEAD").split()
    if len(found) != 2:
        return Origin()
    from datetime import UTC, datetime

    changed = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    at = datetime.fromtimestamp(int(found[1]), UTC)
    return Origin(found[0], at.isoformat(), bool(changed))


def age(mine: Origin, theirs: Origin, folder: Path) -> Age:
    """Return how old one origin is, seen from another.

    History decides where this clone holds both commits; a shallow clone of a build server may not,
    and then the times of the commits do.

    Args:
        mine: What would be deployed.
        theirs: What is.
        folder: A work tree that may hold both commits.
    """
    if theirs.commit and not mine.commit:
        return "unknown"
    if not theirs.commit:
        return "unrelated"
    if mine.commit == theirs.commit:
        return "same"
    if _is_ancestor(folder, mine.commit, theirs.commit):
        return "older"
    if _is_ancestor(folder, theirs.commit, mine.commit):
        return "newer"
    if mine.committed and theirs.committed and mine.committed != theirs.committed:
        return "older" if mine.committed < theirs.committed else "newer"
    return "unrelated"


def _is_ancestor(folder: Path, old: str, new: str) -> bool:
    return _run(folder, "merge-base", "--is-ancestor", old, new) is not None


def _git(folder: Path, *arguments: str) -> str:
    return _run(folder, *arguments) or ""


def _run(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None

"""With which code and which definition a run was started: for the evidence."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

_SECONDS = 10


def code_state(project: Path) -> str:
    """Return `<commit>` or `<commit> dirty` of a folder under git; empty elsewhere."""
    commit = _git(project, "rev-parse", "HEAD")
    if not commit:
        return ""
    changed = _git(project, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    return f"{commit} dirty" if changed else commit


def definition_digest(definition: str) -> str:
    """Return `sha256:<hex>` of a definition as the target receives it."""
    return f"sha256:{hashlib.sha256(definition.encode()).hexdigest()}"


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""

"""Who started a run, why, with which code and which definition: for the evidence."""

from __future__ import annotations

import getpass
import hashlib
import os
import subprocess
from pathlib import Path

PERSON = "PENSTOCK_USER"
"""Environment variable that names the person where the login does not."""

_SECONDS = 10


def person() -> str:
    """Return who works here: `PENSTOCK_USER`, or the login."""
    given = os.environ.get(PERSON, "").strip()
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid-{os.getuid()}"


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

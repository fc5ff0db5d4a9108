"""One digest for the files that our own image would hold."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_PARTS = ("components", "penstock", "pipelines", "use_cases")
_SUFFIXES = (".py", ".sql", ".yaml")


def source_digest(project: Path) -> str:
    """Return `sha256:<hex>` over the project's source files and the versions of its libraries.

    Sources count by relative path and bytes, libraries by name and version.
    """
    total = hashlib.sha256(f"{sys.version}\0{sorted(_libraries())}\0".encode())
    for part in _PARTS:
        for parent, folders, files in os.walk(project / part):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(files):
                if name.endswith(_SUFFIXES):
                    file = Path(parent, name)
                    total.update(file.relative_to(project).as_posix().encode() + b"\0")
                    total.update(hashlib.sha256(file.read_bytes()).digest())
    return f"sha256:{total.hexdigest()}"


def _libraries() -> Iterator[str]:
    for folder in map(Path, sys.path):
        if folder.name in ("site-packages", "dist-packages") and folder.is_dir():
            yield from (entry.name for entry in folder.glob("*.dist-info"))

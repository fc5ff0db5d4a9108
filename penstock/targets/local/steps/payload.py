"""What of an output folder is the artifact itself, and the output parameters beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DESCRIPTION = "artifact.json"


def payload(folder: Path) -> Path:
    """Return what an artifact's digest names: the entry that `artifact.json` describes, or all."""
    if not (folder / _DESCRIPTION).is_file():
        return folder
    entries = [entry for entry in folder.iterdir() if entry.name != _DESCRIPTION]
    return entries[0] if len(entries) == 1 else folder


def output_parameters(file: Path) -> Mapping[str, Any]:
    """Return the members of a JSON object in a file; nothing where there is no such file."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}

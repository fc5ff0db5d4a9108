"""Code assets of a definition: folders below `CodeRoot` that are named by their content."""

from __future__ import annotations

import json
from collections.abc import Mapping

from penstock.targets.sagemaker.assets import bundle

_CODE_ROOT = {"Get": "Parameters.CodeRoot"}


def folder_digest(files: Mapping[str, bytes]) -> str:
    """Return the name that a folder of these files has; names are relative to it."""
    return bundle(files).digest


def referred_folders(definition: str) -> set[str]:
    """Return the folders below `CodeRoot` that a definition for SageMaker reads."""
    found: set[str] = set()
    waiting = [json.loads(definition)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            joined = value.get("Std:Join")
            values = joined.get("Values") if isinstance(joined, dict) else None
            if isinstance(values, list) and len(values) > 1 and values[0] == _CODE_ROOT:
                found.add(str(values[1]).strip("/").partition("/")[0])
    return found

"""Step names: unique, at most 64 letters, digits, dashes and underscores."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence

LONGEST = 64


def step_names(paths: Sequence[str]) -> Mapping[str, str]:
    """Name each path by its last part where that is unique, else by the whole path.

    A name that is too long keeps its beginning and ends in eight characters of the path's digest.
    """
    short = {path: _plain(path.rsplit("/", 1)[-1]) for path in paths}
    counted = Counter(name.lower() for name in short.values())
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        name = short[path] if counted[short[path].lower()] == 1 else _plain(path)
        if len(name) > LONGEST or name.lower() in taken:
            digest = hashlib.sha256(path.encode()).hexdigest()[:8]
            name = f"{name[: LONGEST - 9].rstrip('-_')}-{digest}"
        taken.add(name.lower())
        names[path] = name
    return names


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-_") or "step"

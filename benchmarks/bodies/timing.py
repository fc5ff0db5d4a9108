"""Time a part of a program and report it on its last line."""

import hashlib
import json
import os
import time
from typing import Any, Self


class Stopwatch:
    """Takes the seconds of a `with` block."""

    def __enter__(self) -> Self:
        """Start."""
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._seconds = time.perf_counter() - self._started

    def report(self, **facts: Any) -> None:
        """Print the line that the harness reads."""
        print(json.dumps({"seconds": self._seconds, **facts}))


def processor_seconds() -> float:
    """Return what this process and the children that it waited for have taken of processors."""
    taken = os.times()
    return taken.user + taken.system + taken.children_user + taken.children_system


def tree_digest(booster: Any) -> str:
    """Return a digest of the trees, without the attributes of a model file."""
    return hashlib.sha256("".join(booster.get_dump(with_stats=True)).encode()).hexdigest()[:16]

"""Jobs of a run whose process died end a moment later; who goes on with the run waits for them."""

from __future__ import annotations

import time
from pathlib import Path

_PROCESSES = Path("/proc")
_SECONDS, _INTERVAL_SECONDS = 5.0, 0.01


def wait_for_dead_jobs(jobs: Path, seconds: float = _SECONDS) -> list[int]:
    """Wait until no process works in the folder of a job; return those that still do.

    A process is known by its working directory, which is `STEP/attempt-N/work` or below it. Where
    the system does not show the processes there is nothing to wait for.
    """
    deadline = time.monotonic() + seconds
    while (left := _working_below(jobs.resolve())) and time.monotonic() < deadline:
        time.sleep(_INTERVAL_SECONDS)
    return left


def _working_below(jobs: Path) -> list[int]:
    if not _PROCESSES.is_dir():
        return []
    return sorted(
        int(process.name)
        for process in _PROCESSES.iterdir()
        if process.name.isdigit() and _works_below(process, jobs)
    )


def _works_below(process: Path, jobs: Path) -> bool:
    try:
        here = (process / "cwd").readlink()
    except OSError:
        return False
    return here.is_relative_to(jobs) and "work" in here.relative_to(jobs).parts[2:3]

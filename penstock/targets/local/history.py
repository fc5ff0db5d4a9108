"""The runs of this machine, as their files tell them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError
from penstock.targets.local.journal import read_journal
from penstock.targets.local.result import StepRun
from penstock.targets.local.state import (
    JOURNAL_FILE,
    RUN_ENDED,
    read_ended,
    read_facts,
    runs_by_age,
)

RUNNING, INTERRUPTED = "Running", "Interrupted"


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run.

    Attributes:
        execution_id: Its name.
        pipeline: Name of its pipeline, such as `fraud-training`.
        state: As the service calls it; `Running` while a process executes it, `Interrupted` where
            none does and it has not ended.
        started: Seconds since the epoch.
        ended: Seconds since the epoch; None before.
        parameters: It was started with.
        steps: How each step that ended went.
    """

    execution_id: str
    pipeline: str
    state: str
    started: float
    ended: float | None
    parameters: Mapping[str, Any]
    steps: Mapping[str, StepRun]

    def value(self, step: str, name: str) -> Any:
        """Return an output parameter of a step; None where it has none."""
        found = self.steps.get(step)
        return None if found is None else found.parameters.get(name)


def past_runs(home: Path) -> Iterator[PastRun]:
    """Yield the runs below a home, the one that was started last first; damaged ones are left out.

    Args:
        home: Such as `.penstock`.
    """
    for folder in runs_by_age(home / "runs"):
        with suppress(PenstockError, KeyError, TypeError, ValueError):
            yield _read(folder)


def _read(folder: Path) -> PastRun:
    facts = read_facts(folder)
    events = read_journal(folder / JOURNAL_FILE)
    ends = [event for event in events if event.get("event") == RUN_ENDED]
    steps, _ = read_ended(events)
    running = _is_held(folder / JOURNAL_FILE)
    if running:
        state, ended = RUNNING, None
    elif ends:
        state, ended = str(ends[-1]["status"]), float(ends[-1]["at"])
    else:
        state, ended = INTERRUPTED, None
    return PastRun(
        facts.execution_id, facts.pipeline, state, facts.started, ended, facts.parameters, steps
    )


def _is_held(journal: Path) -> bool:
    """Say whether a process executes the run: it holds a lock on the journal."""
    try:
        descriptor = os.open(journal, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False

"""Looks at an execution again and again until it is over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from penstock.executions.execution import Snapshot
from penstock.executions.service import Service


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: soon at first and after a change, then less and less often.

    Many who wait must not ask in step, so each pause is taken between half of it and the whole.
    """

    shortest_seconds: float = 0.25
    longest_seconds: float = 10.0
    growth: float = 1.4
    jitter: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep


def follow(service: Service, arn: str, pace: Pace | None = None) -> Iterator[Snapshot]:
    """Yield what is seen of an execution, the first time and after every change, to its end.

    Raises:
        ServiceError: The service refused, or did not answer for longer than its client tries.
    """
    pace = pace or Pace()
    pause, before = pace.shortest_seconds, None
    while True:
        snapshot = service.snapshot(arn)
        if snapshot != before:
            pause, before = pace.shortest_seconds, snapshot
            yield snapshot
        if snapshot.execution.is_over:
            return
        pace.sleep(pause * (0.5 + pace.jitter() / 2))
        pause = min(pause * pace.growth, pace.longest_seconds)

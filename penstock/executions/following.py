"""Looks at an execution again and again until it is over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from penstock.data.aws.failures import is_passing
from penstock.errors import ServiceError
from penstock.executions.execution import Snapshot
from penstock.executions.service import Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: soon at first and after a change, then less and less often.

    Many who wait must not ask in step, so each pause is taken between half of it and the whole.
    Services that do not answer for less than `patience_seconds` end no waiting.
    """

    shortest_seconds: float = 0.25
    longest_seconds: float = 10.0
    growth: float = 1.4
    patience_seconds: float = 300.0
    jitter: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def pause(self, seconds: float) -> None:
        """Wait for about so long."""
        self.sleep(seconds * (0.5 + self.jitter() / 2))

    def patiently(self, call: Callable[[], T]) -> T:
        """Return what a call answers; one that fails for a reason that passes is made again.

        Raises:
            ServiceError: The service refused, or the patience is over.
        """
        began = self.clock()
        while True:
            try:
                return call()
            except ServiceError as error:
                if not is_passing(error) or self.clock() - began >= self.patience_seconds:
                    raise
                self.pause(self.longest_seconds)


def follow(service: Service, arn: str, pace: Pace | None = None) -> Iterator[Snapshot]:
    """Yield what is seen of an execution, the first time and after every change, to its end.

    Raises:
        ServiceError: The service refused, or did not answer for as long as the patience lasts.
    """
    pace = pace or Pace()
    pause, before = pace.shortest_seconds, None
    while True:
        snapshot = pace.patiently(lambda: service.snapshot(arn))
        if snapshot != before:
            pause, before = pace.shortest_seconds, snapshot
            yield snapshot
        if snapshot.execution.is_over:
            return
        pace.pause(pause)
        pause = min(pause * pace.growth, pace.longest_seconds)

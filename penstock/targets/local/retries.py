"""Repeat a step after a fault of the service, as its retry policies say."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from penstock.targets.local.documents import Document
from penstock.targets.local.faults import ServiceFault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """One entry of `RetryPolicies`; the defaults are those of the service."""

    exception_types: tuple[str, ...]
    interval_seconds: float = 1.0
    backoff_rate: float = 2.0
    max_attempts: int = 5
    expire_after_minutes: float | None = None

    @classmethod
    def read(cls, document: Document) -> RetryPolicy:
        """Read a policy of a definition."""
        return cls(
            tuple(document.get("ExceptionType") or ()),
            float(document.get("IntervalSeconds", 1)),
            float(document.get("BackoffRate", 2.0)),
            int(document.get("MaxAttempts", 5)),
            document.get("ExpireAfterMin"),
        )


def repeat_on_faults(
    work: Callable[[int], T],
    policies: Sequence[RetryPolicy],
    *,
    first_attempt: int,
    wait: Callable[[float], None],
    now: Callable[[], float] = time.monotonic,
) -> T:
    """Call `work(attempt)` until it ends, fails for good, or its policy has no attempt left.

    Args:
        wait: Waits so many seconds; raises to give up early.

    Raises:
        ServiceFault: The last fault.
    """
    used = dict.fromkeys(policies, 0)
    started, attempt = now(), first_attempt
    while True:
        try:
            return work(attempt)
        except ServiceFault as fault:
            policy = next((p for p in policies if fault.exception_type in p.exception_types), None)
            if policy is None or used[policy] >= policy.max_attempts:
                raise
            pause = policy.interval_seconds * policy.backoff_rate ** used[policy]
            limit = policy.expire_after_minutes
            if limit is not None and now() + pause - started > limit * 60:
                raise
            used[policy] += 1
            attempt += 1
            wait(pause)

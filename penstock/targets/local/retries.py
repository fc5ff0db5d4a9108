"""Repeat a step after a fault of the service, as its retry policies say."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from penstock.targets.local.documents import Document
from penstock.targets.local.faults import ServiceFault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """One entry of `RetryPolicies`; the defaults are those of the service.

    A policy is bounded by attempts or by time; `max_attempts` is None where time alone bounds it.
    """

    exception_types: tuple[str, ...]
    interval_seconds: float = 1.0
    backoff_rate: float = 2.0
    max_attempts: int | None = 5
    expire_after_minutes: float | None = None

    @classmethod
    def read(cls, document: Document) -> RetryPolicy:
        """Read a policy of a definition.

        Raises:
            TypeError, ValueError: It holds something else than a list of texts and numbers that
                are not negative.
        """
        expires = document.get("ExpireAfterMin")
        attempts = document.get("MaxAttempts", None if expires is not None else 5)
        return cls(
            tuple(_texts(document.get("ExceptionType"))),
            _amount(document.get("IntervalSeconds", 1)),
            _amount(document.get("BackoffRate", 2.0)),
            None if attempts is None else int(_amount(attempts)),
            None if expires is None else _amount(expires),
        )


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
        raise TypeError("ExceptionType is no list of texts")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    if not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is out of range")
    return float(value)


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
        first_attempt: Number of the first call.
        wait: Waits so many seconds; raises to give up early.
        now: Seconds of a clock that only goes forward.

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
            if policy is None:
                raise
            if policy.max_attempts is not None and used[policy] >= policy.max_attempts:
                raise
            pause = policy.interval_seconds * policy.backoff_rate ** used[policy]
            limit = policy.expire_after_minutes
            if limit is not None and now() + pause - started > limit * 60:
                raise
            used[policy] += 1
            attempt += 1
            wait(pause)

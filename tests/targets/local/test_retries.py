from typing import Any

import pytest

from penstock.errors import Problem, StepError
from penstock.targets.local import faults
from penstock.targets.local.faults import ServiceFault
from penstock.targets.local.retries import RetryPolicy, repeat_on_faults


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds


class Work:
    """Fails as it is told, then ends with the number of its attempt."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.attempts: list[int] = []

    def __call__(self, attempt: int) -> int:
        self.attempts.append(attempt)
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return attempt


def fault(kind: str = faults.THROTTLING) -> ServiceFault:
    return ServiceFault(kind, Problem("the service is busy."))


def repeat(work: Work, clock: Clock, *policies: RetryPolicy, first_attempt: int = 1) -> int:
    return repeat_on_faults(
        work, policies, first_attempt=first_attempt, wait=clock.wait, now=clock.now
    )


THREE_TIMES = RetryPolicy((faults.THROTTLING,), interval_seconds=2, max_attempts=3)


def test_work_is_repeated_with_growing_pauses_until_it_ends() -> None:
    work, clock = Work(fault(), fault(), fault()), Clock()
    assert repeat(work, clock, THREE_TIMES, first_attempt=4) == 7
    assert work.attempts == [4, 5, 6, 7]
    assert clock.pauses == [2, 4, 8]


def test_the_last_fault_is_told_when_no_attempt_is_left() -> None:
    last = fault()
    work, clock = Work(fault(), fault(), fault(), last), Clock()
    with pytest.raises(ServiceFault) as caught:
        repeat(work, clock, THREE_TIMES)
    assert caught.value is last
    assert work.attempts == [1, 2, 3, 4]


def test_each_policy_counts_its_own_faults() -> None:
    capacity = RetryPolicy((faults.CAPACITY_ERROR,), interval_seconds=5, backoff_rate=1.0)
    work = Work(fault(), fault(faults.CAPACITY_ERROR), fault(), fault(faults.CAPACITY_ERROR))
    clock = Clock()
    assert repeat(work, clock, THREE_TIMES, capacity) == 5
    assert clock.pauses == [2, 5, 4, 5]


def test_a_fault_that_no_policy_names_is_not_repeated() -> None:
    work, clock = Work(fault(faults.SERVICE_FAULT)), Clock()
    with pytest.raises(ServiceFault):
        repeat(work, clock, THREE_TIMES)
    assert work.attempts == [1]


def test_a_failure_of_the_users_code_is_not_repeated() -> None:
    work, clock = Work(StepError("division by zero")), Clock()
    with pytest.raises(StepError):
        repeat(work, clock, THREE_TIMES)
    assert work.attempts == [1]


def test_a_policy_bounded_by_time_repeats_until_then() -> None:
    policy = RetryPolicy.read(
        {
            "ExceptionType": [faults.THROTTLING],
            "BackoffRate": 1.0,
            "ExpireAfterMin": 1,
            "IntervalSeconds": 5,
        }
    )
    work, clock = Work(*[fault() for _ in range(50)]), Clock()
    with pytest.raises(ServiceFault):
        repeat(work, clock, policy)
    assert clock.pauses == [5.0] * 12


def test_waiting_can_give_up() -> None:
    def stopped(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repeat_on_faults(Work(fault()), [THREE_TIMES], first_attempt=1, wait=stopped)


def test_a_policy_has_the_defaults_of_the_service() -> None:
    assert RetryPolicy.read({"ExceptionType": [faults.THROTTLING]}) == RetryPolicy(
        (faults.THROTTLING,), 1.0, 2.0, 5, None
    )


@pytest.mark.parametrize(
    "members",
    [
        {"ExceptionType": None},
        {"ExceptionType": "Step.THROTTLING"},
        {"ExceptionType": [1]},
        {"IntervalSeconds": "1"},
        {"IntervalSeconds": -1},
        {"BackoffRate": float("nan")},
        {"BackoffRate": float("inf")},
        {"MaxAttempts": True},
        {"ExpireAfterMin": {"Get": "Parameters.Minutes"}},
    ],
)
def test_what_is_no_policy_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        RetryPolicy.read({"ExceptionType": ["Step.THROTTLING"], **members})

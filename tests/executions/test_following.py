from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from penstock.data.aws.failures import translated
from penstock.errors import ServiceError
from penstock.executions.execution import Execution, Snapshot, Step
from penstock.executions.following import Pace, follow

ARN = "arn:aws:sagemaker:eu-west-1:111111111111:pipeline/wine/execution/abcdefghijkl"


@dataclass
class Scripted:
    """Answers one snapshot after another."""

    snapshots: list[Snapshot]
    asked: int = 0

    def snapshot(self, arn: str) -> Snapshot:
        self.asked += 1
        return self.snapshots.pop(0)


@dataclass
class Pauses:
    taken: list[float] = field(default_factory=list)

    def pace(self, jitter: float = 1.0) -> Pace:
        return Pace(1.0, 4.0, 2.0, jitter=lambda: jitter, sleep=self.taken.append)


def seen(state: str = "Executing", *steps: str) -> Snapshot:
    listed = tuple(Step(name, "Processing", "Executing", None, None) for name in steps)
    return Snapshot(Execution(ARN, state), listed)


def test_only_what_changed_is_told_and_the_end_ends_it() -> None:
    service: Any = Scripted([seen(), seen(), seen("Executing", "a"), seen("Succeeded", "a")])
    told = list(follow(service, ARN, Pauses().pace()))
    assert told == [seen(), seen("Executing", "a"), seen("Succeeded", "a")]


def test_pauses_grow_to_their_limit_and_begin_anew_after_a_change() -> None:
    pauses = Pauses()
    service: Any = Scripted(
        [seen() for _ in range(5)] + [seen("Executing", "a"), seen("Stopped", "a")]
    )
    list(follow(service, ARN, pauses.pace()))
    assert pauses.taken == [1.0, 2.0, 4.0, 4.0, 4.0, 1.0]


def test_those_who_wait_do_not_ask_in_step() -> None:
    pauses = Pauses()
    service: Any = Scripted([seen(), seen("Succeeded")])
    list(follow(service, ARN, pauses.pace(jitter=0.0)))
    assert pauses.taken == [0.5]


@dataclass
class Failing:
    """Fails as often as it is told, then answers."""

    failures: list[Exception]

    def snapshot(self, arn: str) -> Snapshot:
        with translated("sagemaker", arn):
            if self.failures:
                raise self.failures.pop(0)
        return seen("Succeeded")


def refusal(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribePipelineExecution")


PASSING = [
    refusal("ThrottlingException", 400),
    refusal("InternalFailure", 500),
    refusal("503", 503),
    EndpointConnectionError(endpoint_url="http://localhost"),
    ReadTimeoutError(endpoint_url="http://localhost"),
]


def test_what_passes_ends_no_waiting() -> None:
    pauses = Pauses()
    service: Any = Failing(list(PASSING))
    assert list(follow(service, ARN, pauses.pace())) == [seen("Succeeded")]
    assert pauses.taken == [4.0] * len(PASSING)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_a_refusal_ends_the_waiting_at_once(code: str) -> None:
    pauses = Pauses()
    service: Any = Failing([refusal(code, 400)])
    with pytest.raises(ServiceError):
        list(follow(service, ARN, pauses.pace()))
    assert pauses.taken == []


def test_patience_has_an_end() -> None:
    pauses = Pauses()
    service: Any = Failing([refusal("ThrottlingException", 400)] * 100)
    pace = Pace(1.0, 4.0, jitter=lambda: 1.0, sleep=pauses.taken.append, patience_seconds=20.0)
    pace = replace(pace, clock=lambda: sum(pauses.taken))
    with pytest.raises(ServiceError):
        list(follow(service, ARN, pace))
    assert sum(pauses.taken) == 20.0

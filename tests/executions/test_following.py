from dataclasses import dataclass, field
from typing import Any

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

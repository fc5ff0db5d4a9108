"""What an execution costs: durations of past ones times pinned prices."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from penstock.deployment.costs import StepCost, durations, estimate
from penstock.executions.execution import Execution, Snapshot, Step

BEGAN = datetime(2026, 11, 21, 4, tzinfo=UTC)


def step(name: str, seconds: float, state: str = "Succeeded", reused: str = "") -> Step:
    ended = BEGAN + timedelta(seconds=seconds)
    return Step(name, "Training", state, BEGAN, ended, reused=reused)


class Past:
    """Stands for the service: executions, the newest first, each with its steps."""

    def __init__(self, *executions: tuple[str, list[Step]]) -> None:
        self.found = {
            f"arn:{number}": (state, steps) for number, (state, steps) in enumerate(executions)
        }
        self.looked_at: list[str] = []

    def executions(self, pipeline: str, at_once: int) -> Iterator[Execution]:
        for arn, (state, _) in self.found.items():
            yield Execution(arn, state)

    def snapshot(self, arn: str) -> Snapshot:
        self.looked_at.append(arn)
        return Snapshot(Execution(arn, "Succeeded"), tuple(self.found[arn][1]))


def test_a_steps_duration_is_the_median_of_the_last_three_that_ran() -> None:
    past: Any = Past(
        ("Executing", [step("train", 1)]),
        ("Succeeded", [step("train", 10), step("test", 5)]),
        ("Failed", [step("train", 1000)]),
        ("Succeeded", [step("train", 30), step("test", 1, reused="arn:9")]),
        ("Succeeded", [step("train", 20), step("test", 7, state="Failed")]),
        ("Succeeded", [step("train", 5000)]),
    )
    assert durations(past, "p") == {"train": 20, "test": 5}
    assert past.looked_at == ["arn:1", "arn:3", "arn:4"]


def test_costs_are_hours_times_prices_times_machines() -> None:
    def job(name: str, **arguments: Any) -> dict[str, Any]:
        return {"Name": name, "Type": "Training", "Arguments": arguments}

    large = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    steps = [
        job("train", ResourceConfig=large),
        job("prepare", ProcessingResources={"ClusterConfig": {**large, "InstanceCount": 1}}),
        job("score", TransformResources={"InstanceType": "ml.new.large", "InstanceCount": 1}),
        job("given", ResourceConfig={"InstanceType": {"Get": "Parameters.T"}, "InstanceCount": 1}),
        {"Name": "fail", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}},
    ]
    took = {"train": 3600.0, "score": 60.0}
    assert estimate(json.dumps({"Steps": steps}), took) == [
        StepCost("train", "2 x ml.m5.large", 3600.0, 0.23),
        StepCost("prepare", "1 x ml.m5.large", None, None),
        StepCost("score", "1 x ml.new.large", 60.0, None),
        StepCost("given", "", None, None),
    ]

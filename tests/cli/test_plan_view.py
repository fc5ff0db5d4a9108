"""What a plan says to people, where something is wrong with what is there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.cli.plan_view.plan_text import plan_text
from penstock.deployment.costs import StepCost
from penstock.deployment.differences.change import Change, StepChange
from penstock.deployment.differences.definitions import DefinitionChanges
from penstock.deployment.origin import Origin
from penstock.deployment.plan import Plan
from penstock.deployment.version import Version
from penstock.deployment.wanted import Existing, Wanted
from penstock.environments import load_environments

DEV = load_environments(Path(__file__).parents[2] / "environments.yaml").get("dev")
WANTED = Wanted(
    name="fraud-training",
    definition="{}",
    assets={},
    role=DEV.role,
    parallel=8,
    parameters={},
    origin=Origin("a" * 40, "2026-11-20T00:00:00+00:00"),
)
EXISTING = Existing("arn", '{"a": 1}', DEV.role, 8, {}, "2026-11-21T09:00:00+00:00", "ben")
LAST = Version(
    number=3,
    action="upsert",
    body=EXISTING.body,
    before="",
    origin=Origin("b" * 40, "2026-11-21T00:00:00+00:00", release="c" * 64),
    actor="arn:aws:iam::111111111111:user/ann",
    at="2026-11-21T08:00:00+00:00",
    state="applied",
)
PLAN = Plan(WANTED, EXISTING, LAST, "newer", DefinitionChanges(), [], [], [])


def lines(**changes: Any) -> list[str]:
    return plan_text(replace(PLAN, **changes), DEV).splitlines()


def test_what_is_there_and_from_where_comes_first() -> None:
    assert lines()[:3] == [
        "fraud-training in dev (111111111111, eu-west-1)",
        "  there now  version 3 by arn:aws:iam::111111111111:user/ann on "
        "2026-11-21T08:00:00+00:00: commit bbbbbbbbbb, release cccccccccccc",
        "  wanted     commit aaaaaaaaaa, release none",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"age": "older"},
            "  beware     what is there is newer; an upsert needs --force REASON",
        ),
        (
            {"last": replace(LAST, body="0" * 64)},
            "  beware     it was changed past version 3, on 2026-11-21T09:00:00+00:00 by ben; an "
            "upsert needs --force REASON",
        ),
        (
            {"last": None},
            "  there now  a pipeline that Penstock did not put there; changed "
            "2026-11-21T09:00:00+00:00",
        ),
        ({"existing": None}, "  there now  nothing any more"),
        ({"existing": None, "last": None}, "  there now  nothing yet"),
    ],
)
def test_what_an_upsert_would_trip_over_is_told(changes: dict[str, Any], line: str) -> None:
    assert line in lines(**changes)


def test_running_executions_the_cache_and_costs_are_told() -> None:
    step = StepChange("train", "Training", "changed", [Change("HyperParameters.seed", "1", "2")])
    said = lines(
        definition=DefinitionChanges(steps=[step]),
        executions=["abc"],
        anew={"train": "changed"},
        costs=[
            StepCost("train", "1 x ml.m5.large", 3600.0, 0.115),
            StepCost("test", "1 x ml.m5.large", None, None),
        ],
        notes=["past executions could not be looked at: denied."],
    )
    assert said[3:] == [
        "",
        "steps  (+ added  - removed  ~ changed)",
        "  ~ train (Training)",
        "      HyperParameters.seed: 1 → 2",
        "",
        "running    1 execution (abc) keeps the definition of its start",
        "run anew   train (changed)",
        "",
        "cost       about 0.1150 USD an execution (list prices of US East as of 2026-11-21):",
        "             train                1 x ml.m5.large    60 min 00 s  0.1150 USD",
        "             test                 1 x ml.m5.large    never ran  not known",
        "",
        "note: past executions could not be looked at: denied.",
        "",
        "It would change: 1 step.",
    ]

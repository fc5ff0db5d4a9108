"""Quotas against what an execution uses at once."""

from typing import Any

import pytest

from penstock.errors import Problem, ServiceError
from penstock.inspection import quotas as module
from penstock.inspection.quotas import quotas

ONE = {kind: ["ml.m5.large"] for kind in ("processing", "training", "transform")}


def found(monkeypatch: pytest.MonkeyPatch, **values: float) -> list[tuple[str, str, str]]:
    named = {f"ml.m5.large for {kind} job usage": value for kind, value in values.items()}
    return looked_at(monkeypatch, named, ONE)


def looked_at(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, float], machines: dict[str, list[str]]
) -> list[tuple[str, str, str]]:
    monkeypatch.setattr(module, "_values", lambda _: values)
    return [(each.state, each.said, each.remedy) for each in quotas("eu-west-1", machines, 8)]


def test_enough_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = [("ok", "ml.m5.large for 8 steps side by side", "")]
    assert found(monkeypatch, processing=8, training=20, transform=8) == enough


def test_an_account_of_which_none_is_told_is_no_account_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "Service Quotas tells none of ml.m5.large"
    assert found(monkeypatch) == [("warning", said, "Look at them in the console.")]


def test_jobs_that_are_not_told_of_are_named_where_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remedy = "Look at them in the console."
    said = "Service Quotas tells none of ml.m5.large for training, transform jobs"
    assert found(monkeypatch, processing=8) == [("warning", said, remedy)]
    reversed_kinds = dict(reversed(ONE.items()))
    named = {"ml.m5.large for processing job usage": 2.0}
    assert looked_at(monkeypatch, named, reversed_kinds) == [
        ("warning", said, remedy),
        (
            "warning",
            "ml.m5.large: 2 for processing, but 8 steps may run side by side",
            "Ask for more, or lower limits.parallel_steps.",
        ),
    ]


def test_kinds_of_jobs_are_told_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {f"ml.m5.large for {kind} job usage": 2.0 for kind in ONE}
    (_, said, _), *_ = looked_at(monkeypatch, values, dict(reversed(ONE.items())))
    assert said == (
        "ml.m5.large: 2 for processing, 2 for training, 2 for transform, "
        "but 8 steps may run side by side"
    )


def test_none_is_broken_and_too_few_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, processing=4, training=0, transform=2) == [
        (
            "broken",
            "no ml.m5.large for training jobs is allowed",
            "Ask for more in Service Quotas: ml.m5.large for training job usage.",
        ),
        (
            "warning",
            "ml.m5.large: 4 for processing, 2 for transform, but 8 steps may run side by side",
            "Ask for more, or lower limits.parallel_steps.",
        ),
    ]


def test_every_type_is_asked_for_by_the_jobs_that_run_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machines = {
        "processing": ["ml.m5.large", "ml.m5.xlarge"],
        "training": ["ml.m5.large", "ml.c5.xlarge", "ml.g5.xlarge"],
    }
    values = {
        "ml.m5.large for processing job usage": 8.0,
        "ml.m5.large for training job usage": 8.0,
        "ml.m5.xlarge for processing job usage": 9.0,
        "ml.m5.xlarge for training job usage": 0.0,
        "ml.c5.xlarge for training job usage": 2.0,
    }
    assert looked_at(monkeypatch, values, machines) == [
        (
            "warning",
            "ml.c5.xlarge: 2 for training, but 8 steps may run side by side",
            "Ask for more, or lower limits.parallel_steps.",
        ),
        (
            "warning",
            "Service Quotas tells none of ml.g5.xlarge",
            "Look at them in the console.",
        ),
        ("ok", "ml.m5.large, ml.m5.xlarge for 8 steps side by side", ""),
    ]


def test_quotas_that_cannot_be_seen_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: str) -> Any:
        raise ServiceError(Problem("servicequotas refused ListServiceQuotas: denied."))

    monkeypatch.setattr(module, "_values", refused)
    (only,) = quotas("eu-west-1", ONE, 8)
    assert (only.state, only.said, only.remedy) == (
        "warning",
        "they cannot be seen: servicequotas refused ListServiceQuotas: denied",
        "Give these credentials the right to servicequotas:ListServiceQuotas.",
    )

from datetime import UTC, datetime
from typing import Any

import pytest

from penstock.approval.port import Live, Review
from serving.console.views.consequence import on_approval, on_rejection
from serving.console.views.verdict import verdict

WHEN = datetime(2026, 11, 1, tzinfo=UTC)


def review(version: int = 4, **facts: Any) -> Review:
    given = {
        "standing": "pending",
        "recommended": True,
        "needed": 1,
        "approvals": (),
        "properties": {},
    } | facts
    return Review(
        group="fraud",
        version=version,
        stage="local",
        created=WHEN,
        author="ann",
        verdict="in words",
        evidence="sha256:1",
        obstacles=(),
        needs_justification="",
        **given,
    )


def live(version: int = 3) -> Live:
    return Live(
        "fraud", version, "local", WHEN, "e", "m", "file:///m", "fraud@1", "p", {}, ("ann",), 1
    )


def document(**said: Any) -> dict[str, Any]:
    compared = {
        "champion": "fraud/3",
        "metric": "log_loss",
        "rule": "better",
        "margin": 0.0,
        "confidence": 0.9,
        "rows": 100,
        "outcome": "better",
        "difference": -0.02,
        "low": -0.03,
        "high": -0.01,
        "metrics": {"log_loss": {"champion": 0.14}},
    } | said
    return {"verdict": compared, "metrics": {"log_loss": {"value": 0.12}}}


def test_where_less_is_better_the_drawing_has_better_at_the_right_still() -> None:
    found = verdict(review(), document(), live())
    assert found.headline == "fraud/4 is better than fraud/3, the live model."
    assert found.difference == "\N{MINUS SIGN}0.020"
    assert found.less_is_better
    assert found.values == "0.120 instead of 0.140"
    assert found.drawing is not None
    assert found.drawing.low.at > found.drawing.zero.at
    assert found.sure == (
        "With 90\N{NO-BREAK SPACE}% confidence the true difference lies between "
        "\N{MINUS SIGN}0.030 and \N{MINUS SIGN}0.010."
    )
    assert found.rule == (
        "The rule asks a candidate to be better with 90\N{NO-BREAK SPACE}% confidence: met."
    )


@pytest.mark.parametrize(
    ("said", "rule", "bound"),
    [
        (
            {"margin": 0.02},
            "to be better by more than 0.020 with 90\N{NO-BREAK SPACE}% confidence: not met.",
            "margin 0.020",
        ),
        (
            {"rule": "not_worse", "margin": 0.005, "low": -0.01, "high": 0.004},
            "not to be worse by more than 0.005 with 90\N{NO-BREAK SPACE}% confidence: met.",
            "loss allowed 0.005",
        ),
        (
            {"rule": "not_worse", "low": -0.01, "high": 0.004},
            "not to be worse with 90\N{NO-BREAK SPACE}% confidence: not met.",
            "",
        ),
    ],
)
def test_the_rule_is_told_and_whether_it_is_met(
    said: dict[str, Any], rule: str, bound: str
) -> None:
    found = verdict(review(), document(**said), live())
    assert found.rule == f"The rule asks a candidate {rule}"
    assert found.bound == bound


def test_a_champion_that_is_not_live_here_is_pointed_out() -> None:
    assert verdict(review(), document(), live(2)).stale == (
        "It was compared with fraud/3, but fraud/2 is live here now."
    )
    assert verdict(review(), document(), None).stale == (
        "It was compared with fraud/3, but nothing is live here now."
    )
    assert verdict(review(), document(), live(3)).stale == ""
    assert verdict(review(4), document(), live(4)).stale == ""


def test_without_a_champion_nothing_is_claimed() -> None:
    first = verdict(review(), document(champion="none", outcome="first", difference=None), None)
    assert first.headline == "fraud/4 is the first model; there was none to compare it with."
    assert (first.drawing, first.sure, first.values) == (None, "", "0.120 instead of 0.140")
    bare = verdict(review(), {}, None)
    assert bare.headline == "fraud/4 was not compared with another model."
    assert bare.sentence == "in words"
    other = verdict(review(), document(outcome="incomparable", difference=None), live())
    assert other.headline == "fraud/4 cannot be compared with fraud/3, the live model."


def test_segments_are_counted() -> None:
    assembly = {"served_by": {"own": 12, "previous": 3}, "segments": [{}] * 15}
    found = verdict(review(), document() | {"assembly": assembly}, live())
    assert found.segments == "12 of 15 segments get a new model, 3 keep theirs."


def test_what_a_click_does_is_one_sentence() -> None:
    assert on_approval(review(), live()) == (
        "Approving makes fraud/4 live at local; fraud/3 stops being used from the next run. "
        "A rollback brings fraud/3 back."
    )
    assert on_approval(review(), None) == (
        "Approving makes fraud/4 live at local, where nothing is live yet; the next run uses it."
    )
    assert on_approval(review(needed=2), live()) == (
        "Approving fraud/4 is approval 1 of 2 for local; nothing changes there before 1 other "
        "person approves it too."
    )
    assert on_rejection(review(), live()) == (
        "Rejecting closes fraud/4 for local for good; fraud/3 stays live."
    )

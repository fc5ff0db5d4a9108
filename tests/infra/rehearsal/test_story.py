"""`python -m infra.rehearsal`: the whole promotion, as `make rehearsal` plays it."""

import json
from pathlib import Path

import pytest

from infra.rehearsal.story.lines import Line, Teller, heading


def test_a_line_tells_when_where_who_what_and_of_which_digest() -> None:
    heard: list[Line] = []
    teller = Teller(heard.append, began=0.0)
    teller.tell("pre-prod", "deployer", "trial started", "sha256:0123456789abcdef")
    (line,) = heard
    assert heading() == ("seconds  account    actor                 digest        what")
    assert line.shown[9:] == "pre-prod   deployer              0123456789ab  trial started"
    assert line.facts["digest"] == "sha256:0123456789abcdef"
    assert teller.lines == heard


@pytest.mark.slow
def test_a_release_goes_all_the_way_to_decisions(story: Path) -> None:
    lines = [json.loads(each) for each in (story / "lines.jsonl").read_text().splitlines()]
    acts = [(each["account"], each["actor"]) for each in lines if "stack " not in each["what"]]
    assert acts[:14] == [
        ("here", "build"),
        ("all", "platform team"),
        ("tooling", "ci"),
        ("tooling", "ci"),
        ("dev", "training"),
        ("tooling", "gina"),
        ("tooling", "registrar"),
        ("tooling", "ben"),
        ("pre-prod", "deployer"),
        ("tooling", "EventBridge"),
        ("tooling", "gina"),
        ("prod", "deployer"),
        ("prod", "Scheduler"),
        ("prod", "SageMaker"),
    ]
    assert acts[14:] == [("prod", "decision")] * 3
    release = lines[0]["digest"]
    stacks = [each for each in lines if "stack " in each["what"]]
    assert {each["digest"] for each in stacks} == {release}
    by_actor = {(each["account"], each["actor"]): each for each in lines}
    # The same definition was on trial and decides; the statement that was signed was approved.
    trial, live = by_actor["pre-prod", "deployer"], by_actor["prod", "Scheduler"]
    assert trial["digest"] == live["digest"]
    assert by_actor["tooling", "registrar"]["digest"] == by_actor["tooling", "ben"]["digest"]

"""How a trial ends: what succeeded is written down once and told to tooling, all else stops."""

import dataclasses
import json
import os
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import pytest
from workload import (
    ACCOUNT,
    APPROVER,
    CONTEXT,
    PIPELINE,
    REGION,
    Workload,
    definition,
    delivered,
    moment,
)

from infra.runtime.canonical import canonical_json, sha256
from infra.runtime.deployer.handler import handle
from penstock.release.passes import Passes

NOTHING_LEFT = {"batchItemFailures": []}
AGAIN = {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
ENDED = "2026-11-21T09:30:00.000000Z"


def on_trial(world: Workload, note: str = "1", hours: float = 0) -> tuple[str, str]:
    """Put a version on trial; return the ARNs of its package and its execution."""
    arn = world.register(note)
    handle(delivered(world.decide(arn, hours=hours)), CONTEXT)
    return arn, world.promotion(arn, hours)["execution"]


def require_nothing_sent(world: Workload) -> None:
    assert world.sent() == []
    assert world.keys("releases/promoted") == []
    assert world.keys(f"releases/{world.release}/") == []


def test_a_trial_that_succeeded_is_written_down_and_told_to_tooling(world: Workload) -> None:
    arn, execution = on_trial(world)
    statement = world.statement("1")[0].digest
    assert handle(delivered(world.end(execution)), CONTEXT) == NOTHING_LEFT
    found = world.promotion(arn)
    assert {name: found[name] for name in ("state", "told", "ended", "execution")} == {
        "state": "passed",
        "told": "yes",
        "ended": ENDED,
        "execution": execution,
    }
    body = sha256(definition().encode())
    record = world.read(f"releases/promoted/fraud/1/{moment()}/pre-prod.json")
    assert record == canonical_json(
        {
            "package": arn,
            "approved_at": moment(),
            "statement": statement,
            "execution": execution,
            "body": body,
            "at": ENDED,
        }
    )
    (event,) = world.sent()
    assert (event["source"], event["detail-type"]) == (
        "penstock.promotion",
        "Pre-production succeeded",
    )
    assert event["detail"] == {
        "package": arn,
        "group": "fraud",
        "version": "1",
        "approved_at": moment(),
        "release": world.release,
        "statement": statement,
        "execution": execution,
    }
    assert world.notices() == []


def test_the_engine_reads_the_record_of_the_release(world: Workload) -> None:
    _, execution = on_trial(world)
    handle(delivered(world.end(execution)), CONTEXT)
    found = Passes(world.releases, REGION).find(world.release, "pre-prod", PIPELINE)
    assert found is not None
    assert dataclasses.asdict(found) == {
        "release": world.release,
        "stage": "pre-prod",
        "pipeline": PIPELINE,
        "body": sha256(definition().encode()),
        "execution": execution,
        "ended": ENDED,
        "recorded_by": f"arn:aws:sts::{ACCOUNT}:user/moto",
    }


def test_the_first_success_of_a_release_stays_the_one_that_is_kept(world: Workload) -> None:
    _, first = on_trial(world, "1")
    handle(delivered(world.end(first)), CONTEXT)
    _, second = on_trial(world, "2", hours=2)
    handle(delivered(world.end(second)), CONTEXT)
    found = Passes(world.releases, REGION).find(world.release, "pre-prod", PIPELINE)
    assert found is not None
    assert found.execution == first
    assert [each["detail"]["version"] for each in world.sent()] == ["1", "2"]


def test_the_end_of_a_trial_told_twice_is_passed_on_once(world: Workload) -> None:
    _, execution = on_trial(world)
    event = delivered(world.end(execution))
    for _ in range(3):
        assert handle(event, CONTEXT) == NOTHING_LEFT
    assert len(world.sent()) == 1


def test_the_end_of_a_trial_told_twice_at_once_ends_in_one_state(world: Workload) -> None:
    arn, execution = on_trial(world)
    event = delivered(world.end(execution))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: handle(event, CONTEXT), range(4)))
    while any(each["batchItemFailures"] for each in answers):
        answers = [handle(event, CONTEXT)]
    assert world.promotion(arn)["state"] == "passed"
    assert len({json.dumps(each["detail"]) for each in world.sent()}) == 1


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("Failed", "Step failure: One or multiple steps failed.", None),
        ("Failed", "", "its execution is Failed."),
        ("Stopped", "", "its execution is Stopped."),
        ("CompletedWithFailures", "", "its execution is CompletedWithFailures."),
    ],
)
def test_a_trial_that_did_not_succeed_ends_here_and_people_are_told(
    world: Workload, status: str, reason: str, told: str | None
) -> None:
    arn, execution = on_trial(world)
    event = delivered(world.end(execution, status, reason))
    for _ in range(2):
        assert handle(event, CONTEXT) == NOTHING_LEFT
        found = world.promotion(arn)
        assert (found["state"], found["reason"]) == ("failed", told or reason)
        assert world.notices() == [
            (
                "Penstock pre-prod: fraud/1 failed",
                f"The trial of fraud/1 in pre-prod failed: {told or reason}\n\n"
                f"Model package: {arn}\nApproved at: {moment()}\n"
                f"See why: pipeline logs {execution} --env pre-prod\n",
            )
        ]
    require_nothing_sent(world)


def test_an_event_cannot_claim_a_success_that_the_service_does_not_know(world: Workload) -> None:
    arn, execution = on_trial(world)
    event = world.end(execution, "Failed", "it failed.")
    event = {**event, "detail": {**event["detail"], "currentPipelineExecutionStatus": "Succeeded"}}
    handle(delivered(event), CONTEXT)
    assert world.promotion(arn)["state"] == "failed"
    require_nothing_sent(world)


def test_an_event_ahead_of_the_service_is_delivered_again(world: Workload) -> None:
    arn, execution = on_trial(world)
    event = delivered(world.end(execution))
    world.execution(execution).pipeline_execution_status = "Executing"
    assert handle(event, CONTEXT) == AGAIN
    assert world.promotion(arn)["state"] == "trial"
    world.end(execution)
    assert handle(event, CONTEXT) == NOTHING_LEFT
    assert world.promotion(arn)["state"] == "passed"


def test_the_end_of_a_trial_before_its_start_was_written_down_is_delivered_again(
    world: Workload, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="penstock-deployer")
    execution = world.unrecorded_trial()
    assert handle(delivered(world.end(execution)), CONTEXT) == AGAIN
    assert [each.__dict__["reason"] for each in caplog.records if each.message == "not yet"] == [
        f"the start of the trial {execution} is not written down yet."
    ]
    assert (world.items(), world.notices()) == ({}, [])


def test_a_newer_candidate_approved_meanwhile_takes_the_place_of_the_older(world: Workload) -> None:
    first, older = on_trial(world, "1")
    second, newer = on_trial(world, "2", hours=2)
    handle(delivered(world.end(older)), CONTEXT)
    assert world.promotion(first)["state"] == "superseded"
    assert world.promotion(first)["reason"] == "a newer approval took its place."
    require_nothing_sent(world)
    handle(delivered(world.end(newer)), CONTEXT)
    assert world.promotion(second, 2)["state"] == "passed"
    assert [each["detail"]["package"] for each in world.sent()] == [second]
    assert world.notices() == []


def test_what_was_rejected_while_it_was_tried_is_not_passed_on(world: Workload) -> None:
    arn, execution = on_trial(world)
    world.decide(arn, "Rejected", hours=1)
    handle(delivered(world.end(execution)), CONTEXT)
    reason = f"{arn}: its status is Rejected, not Approved."
    assert world.promotion(arn)["state"] == "refused"
    assert world.promotion(arn)["reason"] == reason
    assert [text for _, text in world.notices()] == [
        f"The promotion of fraud/1 in pre-prod was refused: {reason}\n\n"
        f"Model package: {arn}\nApproved at: {moment()}\n"
    ]
    require_nothing_sent(world)


def test_what_was_changed_while_it_was_tried_is_not_passed_on(world: Workload) -> None:
    arn, execution = on_trial(world)
    world.decide(arn, hours=1, by=APPROVER)
    handle(delivered(world.end(execution)), CONTEXT)
    assert world.promotion(arn)["reason"] == (
        f"{arn}: it was changed at {moment(1)}, after the approval of {moment()}. If it is to go "
        "on, approve it again."
    )
    require_nothing_sent(world)


def test_a_trial_that_ran_another_definition_is_not_passed_on(world: Workload) -> None:
    arn, execution = on_trial(world)
    other = definition("changed between the door and the start")
    world.execution(execution).pipeline_definition_for_execution = other
    handle(delivered(world.end(execution)), CONTEXT)
    assert world.promotion(arn)["reason"] == (
        f"{execution}: the trial ran a definition with the SHA-256 {sha256(other.encode())}; that "
        f"of the release has {sha256(definition().encode())}. See who changed the pipeline, then "
        "approve the model again."
    )
    require_nothing_sent(world)


def test_a_bus_that_does_not_take_the_event_is_tried_again(world: Workload) -> None:
    from infra.runtime.deployer import account

    arn, execution = on_trial(world)
    event = delivered(world.end(execution))
    events = account.open_client("events", region=os.environ["PENSTOCK_REGION"])
    refusal = {
        "FailedEntryCount": 1,
        "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Too many."}],
    }
    with patch.object(events, "put_events", lambda **_: refusal):
        assert handle(event, CONTEXT) == AGAIN
    assert world.promotion(arn)["told"] == ""
    assert handle(event, CONTEXT) == NOTHING_LEFT
    assert world.promotion(arn)["told"] == "yes"
    assert len(world.sent()) == 1


def test_a_record_that_somebody_else_wrote_is_not_passed_on(world: Workload) -> None:
    arn, execution = on_trial(world)
    key = f"releases/promoted/fraud/1/{moment()}/pre-prod.json"
    world.put(key, b"{}")
    handle(delivered(world.end(execution)), CONTEXT)
    assert [text for _, text in world.notices()] == [
        f"The message event-{execution.rpartition('/')[2]}-Succeeded was refused in pre-prod: "
        f"s3://WORLD/{key}: the object is there already and holds other bytes. See who wrote it.\n"
    ]
    assert world.sent() == []
    assert world.promotion(arn)["told"] == ""

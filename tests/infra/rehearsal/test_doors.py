"""What must not go through: each stops at its door, and the next account sees nothing of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from promotion_states import INFERENCE, keys_below, registered, states, trials, ways_to_prod

from infra.rehearsal.errors import RehearsalError
from infra.rehearsal.story.building import build, data_bucket
from infra.rehearsal.story.cast import Actor
from infra.rehearsal.story.promotion import Promotion

pytestmark = pytest.mark.slow
DEPLOYER = "penstock-pre-prod-deployer"


@pytest.fixture(scope="module")
def promotion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promotion]:
    """A model that waits in the centre; the tests share it, and each leaves it as it was."""
    folder: Path = tmp_path_factory.mktemp("promotion")
    with registered(build(folder), folder) as made:
        yield made


@pytest.fixture
def trace(promotion: Promotion) -> Any:
    """What the accounts know before a test."""
    world = promotion.world
    world.settle()
    return lambda: (len(trials(world)), ways_to_prod(world), promotion.live())


def refused(promotion: Promotion) -> str:
    """Settle, and return why pre-prod refused the approval."""
    promotion.world.settle()
    last = states(promotion.world, "pre-prod")[-1]
    assert last["state"] == "refused", f"{last.get('approved_by')} by {last.get('author')}"
    return str(last["reason"])


def test_a_rejection_is_written_down_and_nothing_else_happens(
    promotion: Promotion, trace: Any
) -> None:
    before, calls = trace(), len(promotion.world.functions.calls)
    promotion.decide(status="Rejected")
    promotion.world.settle()
    assert trace() == before
    assert [each.name for each in promotion.world.functions.calls[calls:]] == [
        "penstock-tooling-recorder"
    ]
    s3 = promotion.world.client("s3", "tooling")
    assert len(keys_below(s3, "penstock-ledger", "rejections/fraud/1/")) == 1


@pytest.mark.parametrize("role", ["penstock-tooling-builder", "penstock-tooling-approver"])
def test_who_had_it_trained_does_not_approve_it(
    promotion: Promotion, trace: Any, role: str
) -> None:
    before = trace()
    promotion.decide(Actor("ci", role))
    builder = "arn:aws:sts::444444444444:assumed-role/penstock-tooling-builder/ci"
    assert f"/{role}/ci approved it, and {builder} is its author." in refused(promotion)
    assert trace() == before


def test_a_file_that_was_changed_after_its_registration_stops_the_approval(
    promotion: Promotion, trace: Any
) -> None:
    before = trace()
    s3, bucket = promotion.world.client("s3", "tooling"), "penstock-models"
    key = next(each for each in keys_below(s3, bucket, "promoted/fraud/") if "/model/" in each)
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=content + b" ")
    promotion.decide()
    reason = refused(promotion)
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    assert f"model/{key.partition('/model/')[2]}" in reason
    assert trace() == before


def test_another_definition_than_that_of_the_release_stops_the_approval(
    promotion: Promotion, trace: Any
) -> None:
    before = trace()
    sagemaker = promotion.world.client("sagemaker", "pre-prod")
    body = sagemaker.describe_pipeline(PipelineName=INFERENCE)["PipelineDefinition"]
    sagemaker.update_pipeline(PipelineName=INFERENCE, PipelineDefinition=body + " ")
    promotion.decide()
    reason = refused(promotion)
    sagemaker.update_pipeline(PipelineName=INFERENCE, PipelineDefinition=body)
    assert INFERENCE in reason
    assert trace() == before


def test_a_trial_that_fails_opens_nothing(promotion: Promotion, trace: Any) -> None:
    before = trace()
    s3, bucket = promotion.world.client("s3", "pre-prod"), data_bucket("pre-prod")
    rows = {
        key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        for key in keys_below(s3, bucket, "rows/")
    }
    for key in rows:
        s3.delete_object(Bucket=bucket, Key=key)
    promotion.decide()
    promotion.world.settle()
    for key, content in rows.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    assert states(promotion.world, "pre-prod")[-1]["state"] == "failed"
    assert trace() == (before[0] + 1, *before[1:])
    sent = promotion.world.functions.calls
    assert "penstock-pre-prod-notifier" in {each.name for each in sent}


def test_a_deployer_that_is_killed_goes_on_and_starts_one_trial(
    promotion: Promotion, trace: Any
) -> None:
    before = trace()
    promotion.decide()
    calls = promotion.world.functions.calls
    accepted = len(calls)
    promotion.world.functions.kill(DEPLOYER, before=8)
    promotion.world.settle(lambda: len(calls) > accepted + 1, seconds=60)
    promotion.try_out()
    assert calls[accepted].error == "its process ended with -9"
    assert trace() == (before[0] + 1, before[1] + 1, before[2])
    promotion.open_prod(approve=False)
    promotion.world.settle()
    assert promotion.live() is None


def test_an_event_that_comes_again_changes_nothing(promotion: Promotion, trace: Any) -> None:
    promotion.decide()
    promotion.try_out()
    promotion.open_prod(approve=False)
    promotion.world.settle()
    before, known = trace(), states(promotion.world, "pre-prod")
    place, tooling = promotion.world.places["tooling"], "default"
    approvals = [
        event
        for there, bus, event in promotion.world.buses.seen
        if (there, bus) == (place, tooling)
        and event["detail"].get("ModelApprovalStatus") == "Approved"
    ]
    # The newest twice, and all older ones behind it.
    for event in [approvals[-1], approvals[-1], *approvals[:-1]]:
        promotion.world.buses.put(place, tooling, event)
    promotion.world.settle()
    assert trace() == before
    assert [each["state"] for each in states(promotion.world, "pre-prod")] == [
        each["state"] for each in known
    ]


def test_two_approvals_of_one_moment_start_one_trial(promotion: Promotion, trace: Any) -> None:
    before = trace()
    promotion.decide()
    promotion.decide()
    promotion.try_out()
    promotion.open_prod(approve=False)
    promotion.world.settle()
    assert trace() == (before[0] + 1, before[1] + 1, before[2])


def test_a_delivery_that_names_another_release_stops_before_dev(
    promotion: Promotion, trace: Any
) -> None:
    before, deployed = trace(), len(promotion.world.deliveries.actions.deployed)
    s3 = promotion.world.client("s3", "tooling")
    place = {"Bucket": "penstock-releases", "Key": "delivery/release.zip"}
    s3.put_object(**place, Body=promotion.handed_over("0" * 64))
    first = promotion.delivery
    promotion.start_delivery()
    promotion.world.settle()
    s3.put_object(**place, Body=promotion.handed_over())
    stopped, promotion.delivery = promotion.delivery, first
    assert stopped is not None
    assert (stopped.status, stopped.reason.partition(":")[0]) == ("Failed", "ReleaseCheck")
    assert len(promotion.world.deliveries.actions.deployed) == deployed
    assert trace() == before


def test_who_had_it_trained_does_not_open_prod(promotion: Promotion, trace: Any) -> None:
    promotion.decide()
    promotion.try_out()
    before = trace()
    promotion.open_prod(Actor("ci", "penstock-tooling-gatekeeper"))
    with pytest.raises(RehearsalError, match="may be its author"):
        promotion.go_live()
    assert trace() == before
    assert states(promotion.world, "prod") == []

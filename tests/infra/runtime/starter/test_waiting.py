"""A start waits while a promotion is under way, and no longer."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openings import opening, pass_trial
from workload import CONTEXT, PIPELINE, REGION, Workload, definition, delivered

from infra.runtime.canonical import sha256
from infra.runtime.deployer.handler import handle as deploy
from infra.runtime.starter.handler import PATIENCE_HOURS, handle
from infra.runtime.waiting import NotYet

DUE = {"pipeline": PIPELINE, "use_case": "fraud", "scheduled": "2026-11-22T12:00:00Z"}
NEWER = "a definition of a newer release"


@pytest.fixture
def between(prod: Workload, monkeypatch: pytest.MonkeyPatch) -> Workload:
    """Production where a newer release is deployed, whose model is not live yet."""
    go_live(prod, "1")
    prod.client("sagemaker").delete_pipeline(PipelineName=PIPELINE)
    prod.deploy(definition(NEWER), release="b" * 64)
    queue = prod.client("sqs").create_queue(QueueName=f"{prod.name}-waiting")["QueueUrl"]
    monkeypatch.setenv("PENSTOCK_WAITING", queue)
    return prod


def go_live(world: Workload, note: str, hours: float = 0) -> None:
    arn = world.register(note, release=world.release)
    world.decide(arn, hours=hours)
    body = sha256(definition(NEWER if hours else "").encode())
    pass_trial(world, arn, hours, note, body=body)
    deploy(delivered(opening(world, arn, hours)), CONTEXT)


def reason(world: Workload) -> str:
    return (
        f"{PIPELINE}: release {'b' * 64} is deployed here, and fraud/1, which is live, was tried "
        f"with another definition, that of release {world.release}. Finish the promotion of the "
        "former, or approve fraud/1 again, which brings the latter back."
    )


def waiting(world: Workload) -> list[Any]:
    from moto.sqs.models import sqs_backends

    queue = sqs_backends["123456789012"][REGION].queues[f"{world.name}-waiting"]
    return [json.loads(each.body) for each in queue._messages]


def message(hours: float = 0) -> dict[str, Any]:
    return delivered(DUE, sent=datetime.now(UTC) - timedelta(hours=hours))


def test_between_deployment_and_going_live_nothing_is_decided_and_nothing_is_lost(
    between: Workload,
) -> None:
    assert handle(DUE, CONTEXT) == {"waits": reason(between)}
    assert waiting(between) == [DUE]
    assert handle(message(), CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert between.executions() == []
    assert between.notices() == []
    between.release = between.store_release(definition(NEWER))
    go_live(between, "2", hours=1)
    assert handle(message(), CONTEXT) == {"batchItemFailures": []}
    (execution,) = between.executions()
    values = {each["Name"]: each["Value"] for each in execution.pipeline_parameters}
    assert values["model_version"] == "fraud/2"
    # What Lambda delivers twice starts nothing twice.
    handle(DUE, CONTEXT)
    assert len(between.executions()) == 1


def test_a_promotion_that_does_not_end_is_told_to_people(between: Workload) -> None:
    found = handle(message(hours=PATIENCE_HOURS + 0.1), CONTEXT)
    assert found == {"batchItemFailures": []}
    assert between.notices() == [
        (
            f"Penstock prod: {PIPELINE} did not start",
            f"{PIPELINE} was due in prod and did not start: {between.named(reason(between))} It "
            "was tried for 2 hours.\n",
        )
    ]
    assert between.executions() == []


def test_what_is_refused_meanwhile_is_told_and_not_tried_again(
    between: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_SINKS", "{}")
    assert handle(message(), CONTEXT) == {"batchItemFailures": []}
    ((_, text),) = between.notices()
    assert text == (
        f"{PIPELINE} was due in prod and did not start: {PIPELINE}: nothing says where the "
        "decisions of fraud go. Name its sinks, and deploy again.\n"
    )


def test_without_a_queue_lambda_tries_again(
    between: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PENSTOCK_WAITING")
    with pytest.raises(NotYet) as caught:
        handle(DUE, CONTEXT)
    assert str(caught.value) == reason(between)


def test_a_newer_release_with_the_same_definition_decides_on(prod: Workload) -> None:
    go_live(prod, "1")
    prod.client("sagemaker").delete_pipeline(PipelineName=PIPELINE)
    prod.deploy(definition(), release="b" * 64)
    assert "execution" in handle(DUE, CONTEXT)

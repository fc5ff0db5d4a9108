"""An approval puts a model on trial, once, however often and in which order it is told."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from killing import starts_of_two_tries
from workload import (
    APPROVER,
    AUTHOR,
    CONTEXT,
    PARAMETERS,
    PIPELINE,
    Workload,
    definition,
    delivered,
    moment,
)

from infra.runtime import statements
from infra.runtime.canonical import sha256
from infra.runtime.deployer.handler import handle

NOTHING_LEFT = {"batchItemFailures": []}


def test_an_approved_model_is_tried_with_outputs_that_lead_to_no_live_sink(world: Workload) -> None:
    arn = world.register()
    statement, _ = world.statement("1")
    assert handle(delivered(world.decide(arn)), CONTEXT) == NOTHING_LEFT
    (execution,) = world.executions()
    below = statements.folder(world.central, "fraud", statement.files_digest)
    assert {each["Name"]: each["Value"] for each in execution.pipeline_parameters} == {
        **PARAMETERS,
        "source": "s3://penstock-data/fraud",
        "model": f"{below}/model/",
        "model_version": "fraud/1",
        "model_digest": statement.model_digest,
        "sinks": '["s3://penstock-artifacts/trial/fraud/1/"]',
    }
    assert execution.pipeline_execution_display_name == "promotion-fraud-1"
    assert execution.pipeline_execution_description == (
        f"penstock promotion of {arn}, approved at 2026-11-20T08:00:00.000000Z"
    )
    assert world.promotion(arn) == {
        "package": arn,
        "group": "fraud",
        "version": "1",
        "approved_at": "2026-11-20T08:00:00.000000Z",
        "state": "trial",
        "reason": "",
        "told": "",
        "model": world.named(f"{below}/model/"),
        "model_digest": statement.model_digest,
        "statement": statement.digest,
        "release": world.release,
        "body": sha256(definition().encode()),
        "author": AUTHOR,
        "approved_by": APPROVER,
        "source": "s3://penstock-data/fraud",
        "execution": execution.arn,
    }
    assert world.notices() == []


def test_a_pipeline_is_given_only_what_it_declares(world: Workload) -> None:
    declared = ("model", "model_version", "model_digest", "sinks", "Role")
    text = definition(declared=declared)
    world.deploy(text)
    world.release = world.store_release(text)
    handle(delivered(world.decide(world.register())), CONTEXT)
    (execution,) = world.executions()
    assert [each["Name"] for each in execution.pipeline_parameters] == sorted(declared)


def test_a_trial_reads_the_snapshot_that_is_current_when_it_starts(
    world: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = world.table(7)
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": table}))
    handle(delivered(world.decide(world.register())), CONTEXT)
    (execution,) = world.executions()
    given = {each["Name"]: each["Value"] for each in execution.pipeline_parameters}
    assert given["source"] == table.replace("#", "&snapshot=7#")


def test_a_trial_that_is_tried_again_is_the_same_start_with_the_same_rows(
    world: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = world.table(7)
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": table}))
    event = delivered(world.decide(world.register()))
    first, again = starts_of_two_tries(lambda: handle(event, CONTEXT), lambda: world.table(8))
    assert first == again
    assert {"Name": "source", "Value": table.replace("#", "&snapshot=7#")} in first[
        "PipelineParameters"
    ]


def test_a_trial_without_its_table_is_refused_and_told(
    world: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "iceberg+glue://?warehouse=s3://lake#fraud.gone"
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": source}))
    arn = world.register()
    assert handle(delivered(world.decide(arn)), CONTEXT) == NOTHING_LEFT
    found = world.promotion(arn)
    assert (found["state"], found["reason"]) == (
        "refused",
        f"{source}: the catalog has no table fraud.gone. Mend the address of the rows.",
    )
    assert [subject for subject, _ in world.notices()] == ["Penstock pre-prod: fraud/1 refused"]
    assert world.executions() == []


def test_the_same_event_days_later_is_answered_by_what_was_recorded(world: Workload) -> None:
    event = world.decide(world.register())
    for _ in range(3):
        assert handle(delivered(event), CONTEXT) == NOTHING_LEFT
    assert len(world.executions()) == 1


def test_an_event_that_comes_twice_at_once_starts_one_trial(world: Workload) -> None:
    arn = world.register()
    event = delivered(world.decide(arn))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: handle(event, CONTEXT), range(4)))
    # Who meets another write under way comes again.
    while any(each["batchItemFailures"] for each in answers):
        answers = [handle(event, CONTEXT)]
    assert len(world.executions()) == 1
    assert world.promotion(arn)["state"] == "trial"


def test_an_approval_older_than_the_newest_is_superseded(world: Workload) -> None:
    first, second = world.register("1"), world.register("2")
    older, newer = world.decide(first), world.decide(second, hours=2)
    handle(delivered(newer), CONTEXT)
    before = world.state()
    assert handle(delivered(older), CONTEXT) == NOTHING_LEFT
    assert world.promotion(first)["state"] == "superseded"
    assert world.promotion(first)["reason"] == "a newer approval took its place."
    assert world.state()["executions"] == before["executions"]
    assert world.notices() == []


def test_an_older_version_approved_anew_is_tried_again(world: Workload) -> None:
    first, second = world.register("1"), world.register("2")
    handle(delivered(world.decide(first)), CONTEXT)
    handle(delivered(world.decide(second, hours=2)), CONTEXT)
    handle(delivered(world.decide(first, hours=4)), CONTEXT)
    assert world.promotion(first, hours=4)["state"] == "trial"
    assert len(world.executions()) == 3
    newest = world.items()["group#fraud", "newest"]
    assert newest == {"package": first, "approved_at": moment(4)}


def test_an_accepted_approval_is_not_tried_once_a_newer_one_is_accepted(
    world: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.register("1"), world.register("2")
    older = world.decide(first)
    with monkeypatch.context() as broken:
        broken.setattr(world.backend.__class__, "start_pipeline_execution", _out_of_order)
        answer = handle(delivered(older), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert world.promotion(first)["state"] == "accepted"
    handle(delivered(world.decide(second, hours=2)), CONTEXT)
    assert handle(delivered(older), CONTEXT) == NOTHING_LEFT
    assert world.promotion(first)["state"] == "superseded"
    assert [each.pipeline_execution_display_name for each in world.executions()] == [
        "promotion-fraud-2"
    ]


def _out_of_order(*_: object) -> None:
    from moto.sagemaker.exceptions import ConflictException

    raise ConflictException("it is being updated")


def test_a_pipeline_that_is_not_deployed_yet_is_waited_for(world: Workload) -> None:
    arn = world.register()
    event = delivered(world.decide(arn))
    world.client("sagemaker").delete_pipeline(PipelineName=PIPELINE)
    before = world.items()
    assert handle(event, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert world.items() == before == {}
    world.deploy(definition())
    assert handle(event, CONTEXT) == NOTHING_LEFT
    assert world.promotion(arn)["state"] == "trial"


def test_one_bad_message_of_a_batch_does_not_hold_up_the_others(world: Workload) -> None:
    good, early = world.register("1"), "not an event"
    arn = world.unrecorded_trial()
    answer = handle(delivered(early, world.end(arn), world.decide(good)), CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-2"}]}
    assert world.promotion(good)["state"] == "trial"


def test_what_was_decided_is_logged_without_what_must_stay_secret(
    world: Workload, caplog: pytest.LogCaptureFixture
) -> None:
    arn = world.register()
    caplog.set_level("INFO", logger="penstock-deployer")
    handle(delivered(world.decide(arn)), CONTEXT)
    (line,) = [each for each in caplog.records if each.name == "penstock-deployer"]
    told = {name: getattr(line, name) for name in ("version", "package", "approved_at", "state")}
    assert line.getMessage() == "promotion"
    assert told == {
        "version": "fraud/1",
        "package": arn,
        "approved_at": moment(),
        "state": "trial",
    }
    assert world.package(arn).customer_metadata_properties["promotion.signature"] not in json.dumps(
        vars(line), default=str
    )

"""What is due starts once: inference by the model that is live, training on live data."""

import json
from typing import Any

import pytest
from killing import assert_survives_every_kill, recorded_calls
from openings import LIVE, opening, pass_trial
from workload import CONTEXT, PARAMETERS, PIPELINE, Workload, definition, delivered

from infra.runtime.canonical import sha256
from infra.runtime.champion import NO_CHAMPION
from infra.runtime.deployer.handler import handle as deploy
from infra.runtime.errors import SettingsError
from infra.runtime.starter.handler import handle

TRAINING = "fraud-training"
TRAINED = (
    *PARAMETERS,
    "source",
    "window",
    "champion",
    "champion_version",
    "champion_evidence",
    "started_by",
    "reason",
    "code",
    "definition",
)
NOON = "2026-11-22T12:00:00Z"
SCHEDULE = "arn:aws:scheduler:us-east-1:123456789012:schedule/penstock-prod/penstock-fraud-training"


@pytest.fixture
def live(prod: Workload) -> Workload:
    """Production with a model that is live."""
    arn = prod.register()
    prod.decide(arn)
    pass_trial(prod, arn)
    deploy(delivered(opening(prod, arn)), CONTEXT)
    return prod


def due(pipeline: str = PIPELINE, **changes: Any) -> dict[str, Any]:
    return {"pipeline": pipeline, "use_case": "fraud", "scheduled": NOON, **changes}


def given(execution: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in execution.pipeline_parameters}


def require_refused(world: Workload, event: dict[str, Any], name: str, reason: str) -> None:
    assert handle(event, CONTEXT) == {"refused": reason}
    assert world.notices() == [
        (
            f"Penstock prod: {name} did not start",
            f"{name} was due in prod and did not start: {reason}\n",
        )
    ]
    assert world.executions() == []


def test_inference_starts_by_the_live_model_and_decides_into_the_live_sinks(live: Workload) -> None:
    answer = handle(due(), CONTEXT)
    (execution,) = live.executions()
    assert answer == {"execution": execution.arn}
    found = live.items()[LIVE]
    assert {name: live.named(value) for name, value in given(execution).items()} == {
        **PARAMETERS,
        "source": "s3://penstock-data/fraud",
        "model": found["model"],
        "model_version": "fraud/1",
        "model_digest": found["model_digest"],
        "sinks": '["s3://penstock-decisions/fraud"]',
    }
    assert execution.pipeline_execution_description == f"penstock schedule, due at {NOON}"


def test_where_stages_share_an_account_the_live_model_is_found_by_the_plain_name(
    live: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_SUFFIX", "-prod-us")
    here = f"{PIPELINE}-prod-us"
    live.deploy(definition(), here)
    handle(due(here), CONTEXT)
    (execution,) = live.executions(here)
    assert given(execution)["model_version"] == "fraud/1"
    assert "this is no pipeline of this account." in handle(due(PIPELINE), CONTEXT)["refused"]


def test_training_is_told_its_champion_and_where_it_comes_from(live: Workload) -> None:
    text = definition(declared=TRAINED)
    live.deploy(text, TRAINING, commit="c0ffee-dirty", release=live.release)
    handle(due(TRAINING, schedule=SCHEDULE), CONTEXT)
    (execution,) = live.executions(TRAINING)
    model = live.items()[LIVE]["model"]
    assert model.endswith("/model/")
    found = {name: live.named(value) for name, value in given(execution).items()}
    evidence = found["champion_evidence"]
    assert found == {
        **PARAMETERS,
        "source": "s3://penstock-data/fraud",
        "champion": model,
        "champion_version": "fraud/1",
        "champion_evidence": f"{model.removesuffix('model/')}evidence/",
        "started_by": SCHEDULE,
        "reason": f"due at {NOON}",
        "code": "c0ffee dirty",
        "definition": f"sha256:{sha256(text.encode())}",
    }
    assert live.read(f"{evidence.removeprefix('s3://WORLD/')}evidence.json")


def test_training_without_a_live_model_has_no_champion(prod: Workload) -> None:
    prod.deploy(definition(declared=TRAINED), TRAINING)
    handle({"pipeline": TRAINING, "after": "arn:of:one"}, CONTEXT)
    (execution,) = prod.executions(TRAINING)
    found = given(execution)
    assert {name: found[name] for name in (*NO_CHAMPION, "started_by", "reason", "code")} == {
        **NO_CHAMPION,
        "started_by": "arn:of:one",
        "reason": "after arn:of:one",
        "code": "",
    }


def test_what_is_due_reads_the_snapshot_that_is_current(
    live: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = live.table(7)
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": table}))
    live.deploy(definition(declared=TRAINED), TRAINING)
    for name in (PIPELINE, TRAINING):
        handle(due(name), CONTEXT)
        (execution,) = live.executions(name)
        assert given(execution)["source"] == table.replace("#", "&snapshot=7#")


def test_an_increment_of_nothing_starts_nothing_and_is_told(
    live: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = live.table(7)
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": table}))
    monkeypatch.setenv("PENSTOCK_INCREMENTAL", '["fraud"]')
    live.deploy(definition(declared=TRAINED), TRAINING)
    label = f"{live.name}.rows@iceberg+glue://_warehouse=s3://{live.name}/lake"
    facts = {"data_table": label, "data_snapshot_to": "7"}
    live.client("sagemaker").create_model_package(
        ModelPackageGroupName="fraud", CustomerMetadataProperties=facts
    )
    reason = (
        f"{table}: nothing was appended since fraud/2 was trained (snapshot 7). Append a batch "
        "(pipeline data new-batch), or train on all rows with --window all."
    )
    assert handle(due(TRAINING), CONTEXT) == {"refused": reason}
    assert live.notices() == [
        (
            f"Penstock prod: {TRAINING} did not start",
            f"{TRAINING} was due in prod and did not start: {live.named(reason)}\n",
        )
    ]


def test_a_training_that_takes_none_of_it_starts_too(prod: Workload) -> None:
    prod.deploy(definition(declared=(*PARAMETERS, "source", "seed")), TRAINING)
    handle(due(TRAINING), CONTEXT)
    (execution,) = prod.executions(TRAINING)
    assert given(execution) == {**PARAMETERS, "source": "s3://penstock-data/fraud"}


def test_a_chained_pipeline_starts_once_for_each_execution_it_follows(live: Workload) -> None:
    first = {"pipeline": PIPELINE, "after": "arn:of:one"}
    for event in (first, first, {"pipeline": PIPELINE, "after": "arn:of:another"}):
        handle(event, CONTEXT)
    assert [each.pipeline_execution_description for each in live.executions()] == [
        "penstock schedule, after arn:of:another",
        "penstock schedule, after arn:of:one",
    ]


def test_a_time_that_is_told_again_starts_nothing_new(live: Workload) -> None:
    first = handle(due(), CONTEXT)
    assert handle(due(), CONTEXT) == first
    assert handle(due(scheduled="2026-11-23T12:00:00Z"), CONTEXT) != first
    assert len(live.executions()) == 2


def test_killed_between_any_two_calls_it_starts_once(live: Workload) -> None:
    restore = live.remember()

    def again() -> Workload:
        restore()
        return live

    calls = assert_survives_every_kill(
        again, lambda _: handle(due(), CONTEXT), lambda world: world.state()
    )
    assert calls == [
        "sagemaker:DescribePipeline",
        "sagemaker:ListPipelineExecutions",
        "dynamodb:GetItem",
        "sagemaker:StartPipelineExecution",
    ]


@pytest.mark.parametrize("event", [due(TRAINING), {"pipeline": TRAINING, "after": "arn:of:one"}])
def test_a_start_that_is_told_again_settles_nothing_anew(
    live: Workload, monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": live.table(7)}))
    live.deploy(definition(declared=TRAINED), TRAINING)
    first = handle(event, CONTEXT)
    live.table(8)
    # One that was started by hand meanwhile is another.
    live.client("sagemaker").start_pipeline_execution(
        PipelineName=TRAINING, ClientRequestToken="f" * 32
    )
    with recorded_calls() as calls:
        assert handle(event, CONTEXT) == first
    assert calls == ["sagemaker:DescribePipeline", "sagemaker:ListPipelineExecutions"]
    assert len(live.executions(TRAINING)) == 2


def test_without_a_live_model_nothing_is_decided(prod: Workload) -> None:
    require_refused(
        prod,
        due(),
        PIPELINE,
        f"{PIPELINE}: no model is live, so there is nothing to decide by. Approve a version, and "
        "open production for it.",
    )


def test_decisions_that_have_no_place_are_not_made(
    live: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_SINKS", "{}")
    require_refused(
        live,
        due(),
        PIPELINE,
        f"{PIPELINE}: nothing says where the decisions of fraud go. Name its sinks, and deploy "
        "again.",
    )


ONE_OF = "Mend the schedule or the rule."
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no pipeline": (
        {"scheduled": NOON},
        "a pipeline",
        "(empty): this is no pipeline of this account. Use: fraud-inference, fraud-training.",
    ),
    "another pipeline": (
        due("wine-inference"),
        "wine-inference",
        "wine-inference: this is no pipeline of this account. Use: fraud-inference, "
        "fraud-training.",
    ),
    "another use case": (
        due(use_case="wine"),
        PIPELINE,
        f"{PIPELINE}: it is a pipeline of fraud, not of wine. Mend the schedule.",
    ),
    "no occasion": (
        {"pipeline": PIPELINE},
        PIPELINE,
        f"{PIPELINE}: the event has to say either `scheduled` or `after`. {ONE_OF}",
    ),
    "two occasions": (
        due(after="arn"),
        PIPELINE,
        f"{PIPELINE}: the event has to say either `scheduled` or `after`. {ONE_OF}",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_event_that_asks_for_something_else_is_refused(prod: Workload, what: str) -> None:
    event, name, reason = WRONG[what]
    require_refused(prod, event, name, reason)


def test_a_pipeline_that_is_not_deployed_is_tried_again(prod: Workload) -> None:
    with pytest.raises(Exception, match="Could not find pipeline"):
        handle(due(TRAINING), CONTEXT)
    assert prod.notices() == []


def test_every_setting_that_is_missing_is_told_at_once(
    prod: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PENSTOCK_PROMOTIONS")
    monkeypatch.setenv("PENSTOCK_SINKS", json.dumps({"fraud": "s3://text"}))
    with pytest.raises(SettingsError) as caught:
        handle(due(), CONTEXT)
    assert str(caught.value) == (
        "PENSTOCK_PROMOTIONS is not set.\nPENSTOCK_SINKS holds a value that is no list of texts."
    )

"""What is about no approval of ours is refused before anything is asked, and told once."""

import json
from typing import Any

import pytest
from killing import recorded_calls
from workload import (
    ACCOUNT,
    CONTEXT,
    REGION,
    START,
    Workload,
    approval_event,
    delivered,
    execution_event,
)

from infra.runtime.deployer.handler import handle
from infra.runtime.errors import SettingsError

NOTHING_LEFT = {"batchItemFailures": []}
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/fraud/1"
FOREIGN = f"arn:aws:sagemaker:{REGION}:999999999999:model-package/fraud/1"


def claim(**changes: Any) -> dict[str, Any]:
    event = approval_event(ARN)
    event["detail"] |= changes.pop("detail", {})
    return {**event, "id": "e-1", **changes}


def opened(**changes: Any) -> dict[str, Any]:
    detail = {
        "package": ARN,
        "group": "fraud",
        "version": 1,
        "approved_at": "2026-11-20T08:00:00.000000Z",
        "release": "ab" * 32,
        "gate": {"approved_by": "arn", "at": "2026-11-21T10:00:00Z", "delivery": "d-2"},
    }
    return {
        "source": "penstock.promotion",
        "detail-type": "Production opened",
        "detail": {**detail, **changes},
    }


def require_refused(world: Workload, body: Any, message: str, reason: str) -> None:
    for _ in range(2):
        with recorded_calls() as calls:
            assert handle(delivered(body), CONTEXT) == NOTHING_LEFT
        services = {each.partition(":")[0] for each in calls}
        assert services <= {"dynamodb", "sns"}
        assert world.items() == {
            (f"message#{message}", "message"): {"reason": reason, "told": "yes"}
        }
        where = world.environment
        assert world.notices() == [
            (
                f"Penstock {where}: message refused",
                f"The message {message} was refused in {where}: {reason}\n",
            )
        ]


NO_EVENT = "this is no event. See who may send to the queue."
IN_CENTRAL = f"it is not in the central registry, which is in account {ACCOUNT}, {REGION}."
CLAIMS = {
    "another account": (
        claim(account="999999999999"),
        f"{ARN}: the event is of account 999999999999; models come from {ACCOUNT}.",
    ),
    "a package of another account": (
        claim(detail={"ModelPackageArn": FOREIGN}),
        f"{FOREIGN}: {IN_CENTRAL}",
    ),
    "a package of another region": (
        claim(detail={"ModelPackageArn": ARN.replace(REGION, "eu-west-1")}),
        f"{ARN.replace(REGION, 'eu-west-1')}: {IN_CENTRAL}",
    ),
    "another group": (
        claim(
            detail={
                "ModelPackageArn": ARN.replace("fraud", "wine"),
                "ModelPackageGroupName": "wine",
            }
        ),
        f"{ARN.replace('fraud', 'wine')}: 'wine' is no group that is deployed here. "
        "There are: fraud.",
    ),
    "a group that is not that of the package": (
        claim(detail={"ModelPackageArn": ARN.replace("fraud", "wine")}),
        f"{ARN.replace('fraud', 'wine')}: it is not version 1 of fraud, as the message says.",
    ),
    "another version": (
        claim(detail={"ModelPackageVersion": 2}),
        f"{ARN}: it is not version 2 of fraud, as the message says.",
    ),
    "no package": (
        claim(detail={"ModelPackageArn": None}),
        "(empty): this is no ARN of a model package of a group.",
    ),
    "a rejection": (
        claim(detail={"ModelApprovalStatus": "Rejected"}),
        f"{ARN}: the event tells of Rejected, not of an approval.",
    ),
    "what production takes": (
        {**opened(), "id": "e-1"},
        "pre-prod takes no message 'Production opened' of 'penstock.promotion'.",
    ),
}


@pytest.mark.parametrize("what", CLAIMS)
def test_a_message_that_claims_what_is_not_ours_is_refused(world: Workload, what: str) -> None:
    body, reason = CLAIMS[what]
    require_refused(world, body, "e-1", reason)


@pytest.mark.parametrize("body", ["", "[]", "{", '{"detail": 1}', "[" * 100_000])
def test_a_message_that_is_no_event_is_refused(world: Workload, body: str) -> None:
    require_refused(world, body, "message-1", NO_EVENT)


OPENINGS = {
    "another account": (
        opened(package=FOREIGN),
        f"{FOREIGN}: {IN_CENTRAL}",
    ),
    "another group": (
        opened(package=ARN.replace("fraud", "wine"), group="wine"),
        f"{ARN.replace('fraud', 'wine')}: 'wine' is no group that is deployed here. "
        "There are: fraud.",
    ),
    "no time": (
        opened(approved_at="yesterday"),
        f"{ARN}: its approval's time, 'yesterday', is none.",
    ),
    "no gate": (
        opened(gate={"at": "2026-11-21T10:00:00Z"}),
        f"{ARN}: it does not say of its gate: approved_by, delivery.",
    ),
    "an approval": (
        {key: value for key, value in claim().items() if key != "id"},
        "prod takes no message 'SageMaker Model Package State Change' of 'aws.sagemaker'.",
    ),
}


@pytest.mark.parametrize("what", OPENINGS)
def test_production_refuses_what_does_not_open_it(prod: Workload, what: str) -> None:
    body, reason = OPENINGS[what]
    require_refused(prod, body, "message-1", reason)


@pytest.mark.parametrize("time", [None, "soon", "2026-11-20T08:00:00"])
def test_an_event_without_a_time_is_refused(world: Workload, time: str | None) -> None:
    arn = world.register()
    event = {**world.decide(arn), "id": "e-1", "time": time}
    handle(delivered(event), CONTEXT)
    reason = f"{arn}: the time of the event, {time!r}, is none."
    assert world.items() == {("message#e-1", "message"): {"reason": reason, "told": "yes"}}


def test_a_version_that_is_not_there_is_refused(world: Workload) -> None:
    handle(delivered(claim()), CONTEXT)
    reason = f"{ARN}: there is no such version of a model."
    assert world.items() == {("message#e-1", "message"): {"reason": reason, "told": "yes"}}


def test_an_event_of_before_the_last_change_is_refused_and_that_of_the_change_counts(
    world: Workload,
) -> None:
    arn = world.register()
    stale = {**world.decide(arn), "id": "e-1"}
    fresh = world.decide(arn, hours=3)
    handle(delivered(stale), CONTEXT)
    reason = (
        f"{arn}: the package was changed at 2026-11-20T11:00:00.000000Z, after this event of "
        "2026-11-20T08:00:00.000000Z. The event of that change counts; if there is none, approve "
        "the version again."
    )
    assert world.items() == {("message#e-1", "message"): {"reason": reason, "told": "yes"}}
    assert world.executions() == []
    handle(delivered(fresh, stale), CONTEXT)
    assert world.promotion(arn, 3)["state"] == "trial"
    assert len(world.notices()) == 1


def test_executions_that_are_no_trials_are_left_alone(
    world: Workload, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="penstock-deployer")
    ours = world.client("sagemaker").start_pipeline_execution(
        PipelineName="fraud-inference",
        PipelineExecutionDescription="penstock schedule, due at noon",
        ClientRequestToken="0" * 32,
    )["PipelineExecutionArn"]
    gone = f"{ours}-gone"
    events = [execution_event(ours, "Succeeded"), execution_event(ours, "Executing")]
    assert handle(delivered(*events), CONTEXT) == NOTHING_LEFT
    assert [each.__dict__["reason"] for each in caplog.records if each.message == "ignored"] == [
        f"{ours} is no trial of a model.",
        f"{ours} is Executing.",
    ]
    assert gone not in str(world.items())
    assert (world.items(), world.notices()) == ({}, [])


def test_every_setting_that_is_missing_is_told_at_once(
    world: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PENSTOCK_TOPIC", "PENSTOCK_TOOLING_BUS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_GROUPS", "[]")
    with pytest.raises(SettingsError) as caught:
        handle(delivered(claim()), CONTEXT)
    assert str(caught.value) == (
        "PENSTOCK_TOPIC is not set.\nPENSTOCK_GROUPS is no JSON object.\n"
        "PENSTOCK_TOOLING_BUS is not set."
    )


def test_a_trial_needs_a_place_for_its_outputs(
    world: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_PARAMETERS", json.dumps({"Role": "arn"}))
    with pytest.raises(SettingsError, match=r"^PENSTOCK_PARAMETERS holds no ArtifactRoot\.$"):
        handle(delivered(claim(), sent=START), CONTEXT)


def test_production_needs_no_bus_and_a_trial_no_ledger(
    prod: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.runtime.deployer.settings import Settings

    found = {
        name: value
        for name, value in prod.variables.items()
        if name not in ("PENSTOCK_TOOLING_BUS", "PENSTOCK_SOURCES", "PENSTOCK_SINKS")
    }
    assert Settings.from_environment(found).is_production
    trial = {**prod.variables, "PENSTOCK_ENVIRONMENT": "pre-prod"}
    del trial["PENSTOCK_LEDGER"]
    assert not Settings.from_environment(trial).is_production

"""What must not go through: each stops at its door, and the next account sees nothing of it."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from promotion_states import (
    INFERENCE,
    approvals,
    deploy_another,
    deployed_templates,
    keys_below,
    passed_of,
    redeliver,
    register_again,
    registered,
    release_of,
    standing,
    states,
    trials,
    ways_to_prod,
)
from recorded import calls_of, judged, names, templates

from infra.policies import Question, Sentence, load_estate
from infra.rehearsal.errors import RehearsalError
from infra.rehearsal.story.building import build, data_bucket
from infra.rehearsal.story.cast import Actor
from infra.rehearsal.story.promotion import GATE, Promotion
from infra.rehearsal.story.seeing import latest_execution

pytestmark = pytest.mark.slow
TRAINING, OTHER = "fraud-training", "maintenance"
DEPLOYER, IN_PROD = "penstock-pre-prod-deployer", "penstock-prod-deployer"
START, WRITE = "sagemaker:StartPipelineExecution", "dynamodb:TransactWriteItems"
APPROVED_RULE = "penstock-tooling-approved"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What roles ask in all of the tests."""
    folder: Path = tmp_path_factory.mktemp("record")
    return folder


@pytest.fixture(scope="module")
def promotion(tmp_path_factory: pytest.TempPathFactory, record: Path) -> Iterator[Promotion]:
    """A model that waits in the centre; the tests share it, and each leaves it as it was."""
    folder: Path = tmp_path_factory.mktemp("promotion")
    with registered(build(folder), folder, record) as made:
        yield made


@pytest.fixture
def trace(promotion: Promotion) -> Any:
    """What the accounts know before a test."""
    world = promotion.world
    world.settle()
    return lambda: (len(trials(world)), ways_to_prod(world), promotion.live())


@pytest.fixture(scope="module")
def newer(promotion: Promotion) -> str:
    """A second version in the centre: the same files under the same seal."""
    return register_again(promotion)


def shown(live: Any) -> tuple[str, str]:
    """Return the package that decides, and its approval."""
    assert live is not None
    return str(live["package"]), str(live["approved_at"])


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


def test_another_definition_in_dev_than_that_of_the_release_trains_nothing(
    promotion: Promotion, trace: Any
) -> None:
    before, known = trace(), len(promotion.world.executions)
    sagemaker = promotion.world.client("sagemaker", "dev")
    body = sagemaker.describe_pipeline(PipelineName=TRAINING)["PipelineDefinition"]
    sagemaker.update_pipeline(PipelineName=TRAINING, PipelineDefinition=body + " ")
    first = promotion.delivery
    promotion.deliver()
    promotion.world.settle()
    sagemaker.update_pipeline(PipelineName=TRAINING, PipelineDefinition=body)
    stopped, promotion.delivery = promotion.delivery, first
    assert stopped is not None
    assert (stopped.status, stopped.reason.partition(":")[0]) == ("Failed", "Train")
    assert TRAINING in stopped.reason
    assert len(promotion.world.executions) == known
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


def test_a_deployer_that_is_killed_at_any_door_goes_on_and_does_everything_once(
    promotion: Promotion, trace: Any
) -> None:
    world, before = promotion.world, trace()
    calls, sent = world.functions.calls, len(world.functions.calls)
    world.functions.kill(DEPLOYER, before=START)
    world.functions.kill(DEPLOYER, after=START)
    world.functions.kill(DEPLOYER, before="s3:PutObject")
    world.functions.kill(DEPLOYER, before="events:PutEvents")
    promotion.decide()
    promotion.try_out()
    assert trace() == (before[0] + 1, before[1] + 1, before[2])
    assert promotion.to_prod is not None
    world.functions.kill(IN_PROD, before=WRITE)
    world.functions.kill(IN_PROD, after=WRITE)
    promotion.open_prod()
    promotion.go_live()
    died = [each for each in calls[sent:] if each.error]
    assert {each.error for each in died} == {"its process ended with -9"}
    assert [(each.name, START in each.requests, WRITE in each.requests) for each in died] == [
        (DEPLOYER, False, True),
        (DEPLOYER, True, False),
        (DEPLOYER, False, True),
        (DEPLOYER, False, False),
        (IN_PROD, False, False),
        (IN_PROD, False, True),
    ]
    live = promotion.live()
    assert live is not None
    assert live["approved_at"] == states(world, "pre-prod")[-1]["approved_at"]
    assert states(world, "prod")[-1]["state"] == "live"
    kept = keys_below(world.client("s3", "prod"), "penstock-prod-ledger", "live/fraud/")
    assert [each for each in kept if live["approved_at"] in each] == kept[-1:]


def test_a_newer_candidate_takes_the_place_of_the_one_on_trial_and_going_back_is_the_same_way(
    promotion: Promotion, newer: str, trace: Any
) -> None:
    world, before = promotion.world, trace()
    promotion.decide()
    world.settle(
        lambda: len(trials(world)) > before[0] and states(world, "pre-prod")[-1]["state"] == "trial"
    )
    promotion.decide(package=newer)
    promotion.try_out()
    older, later = states(world, "pre-prod")[-2:]
    assert (older["package"], older["state"]) == (promotion.package, "superseded")
    assert (later["package"], later["state"]) == (newer, "passed")
    assert trace() == (before[0] + 2, before[1] + 1, before[2])
    promotion.open_prod()
    promotion.go_live()
    assert shown(promotion.live()) == (newer, later["approved_at"])
    assert older["approved_at"] not in {each["approved_at"] for each in states(world, "prod")}
    # Going back.
    promotion.decide(status="Rejected")
    promotion.decide()
    promotion.try_out()
    promotion.open_prod()
    promotion.go_live()
    back = states(world, "prod")[-1]
    assert shown(promotion.live()) == (promotion.package, back["approved_at"])
    assert back["approved_at"] > later["approved_at"]


def test_a_schedule_waits_for_a_promotion_and_tells_a_training_what_is_live(
    promotion: Promotion,
) -> None:
    world = promotion.world
    if promotion.live() is None:
        promotion.decide()
        promotion.try_out()
        promotion.open_prod()
        promotion.go_live()
    live = promotion.live()
    assert live is not None
    sagemaker = world.client("sagemaker", "prod")
    tried = sagemaker.describe_pipeline(PipelineName=INFERENCE)["PipelineDefinition"]
    # A newer release is deployed, and its model is not live yet.
    sagemaker.update_pipeline(PipelineName=INFERENCE, PipelineDefinition=f"{tried}\n")
    before, at = len(world.executions), datetime.now(UTC)
    world.fire("prod", "penstock-prod", f"penstock-{INFERENCE}", at)
    calls = len(world.functions.calls)
    world.settle(lambda: len(world.functions.calls) >= calls + 3)
    waits, *again = [each.result for each in world.functions.calls[calls:]]
    assert f"is deployed here, and fraud/{live['version']}, which is live" in waits["waits"]
    assert [len(each["batchItemFailures"]) for each in again] == [1] * len(again)
    assert len(world.executions) == before
    sagemaker.update_pipeline(PipelineName=INFERENCE, PipelineDefinition=tried)
    decided = started(promotion, INFERENCE, before)
    assert decided["model_version"] == f"fraud/{live['version']}"
    before = len(world.executions)
    world.fire("prod", "penstock-prod", f"penstock-{TRAINING}", at)
    trained = started(promotion, TRAINING, before)
    assert trained["champion"] == live["model"]
    assert trained["champion_version"] == f"fraud/{live['version']}"
    assert trained["champion_evidence"] == f"{live['model'].removesuffix('model/')}evidence/"
    central = trained["champion_evidence"].removeprefix("s3://penstock-models/")
    s3 = world.client("s3", "tooling")
    assert f"{central}evidence.json" in keys_below(s3, "penstock-models", central)
    schedule = f"schedule/penstock-prod/penstock-{TRAINING}"
    assert trained["started_by"] == f"arn:aws:scheduler:eu-west-1:333333333333:{schedule}"
    assert trained["reason"] == f"due at {at:%Y-%m-%dT%H:%M:%SZ}"
    commit = promotion.built.release.commit
    assert trained["code"].removesuffix(" dirty") == commit


def started(promotion: Promotion, pipeline: str, before: int) -> dict[str, str]:
    """Go on until an execution was started in prod, stop it, and return what it was given."""
    world = promotion.world
    world.settle(lambda: len(world.executions) > before)
    execution = latest_execution(world, "prod", pipeline)
    world.client("sagemaker", "prod").stop_pipeline_execution(
        PipelineExecutionArn=execution.arn, ClientRequestToken="0" * 32
    )
    world.settle()
    return {each["Name"]: each["Value"] for each in execution.given}


def test_an_approval_that_comes_after_a_newer_one_changes_nothing_days_later_either(
    promotion: Promotion, newer: str, trace: Any
) -> None:
    world = promotion.world
    events = world.client("events", "tooling")
    events.disable_rule(Name=APPROVED_RULE)
    promotion.decide()
    events.enable_rule(Name=APPROVED_RULE)
    late = approvals(world)[-1]
    promotion.decide(package=newer)
    promotion.try_out()
    promotion.open_prod(approve=False)
    world.settle()
    before = trace()
    redeliver(world, late)
    assert [each["state"] for each in states(world, "pre-prod")[-2:]] == ["superseded", "passed"]
    known = states(world, "pre-prod")
    days = datetime.fromisoformat(late["time"]) + timedelta(days=3)
    for event in (late, approvals(world)[-2]):
        archived = {**event, "replay-name": "last-week"}
        redeliver(world, archived, {**archived, "time": days.strftime("%Y-%m-%dT%H:%M:%SZ")})
    assert states(world, "pre-prod") == known
    assert trace() == before


def test_no_principal_of_dev_writes_the_central_group_in_any_context(
    promotion: Promotion,
) -> None:
    estate = load_estate(deployed_templates(promotion.built))
    group = estate.resource("penstock-tooling-registry/GroupFraud")
    writes = [f"sagemaker:{verb}ModelPackage" for verb in ("Create", "Update", "Delete")]
    dev = promotion.world.places["dev"].account
    sentence = Sentence(
        "nobody in dev writes a central model package",
        principals=lambda estate: estate.principals(dev),
        questions=lambda _: [
            Question(action, resource, any_context=True)
            for action in writes
            for resource in (group, promotion.package)
        ],
        given=lambda estate: estate.unrestrained(dev),
    )
    assert group == promotion.package.replace("model-package", "model-package-group")[:-2]
    sentence.check(estate)


def test_a_package_that_the_registrar_did_not_sign_or_that_says_something_else_is_refused(
    promotion: Promotion, trace: Any
) -> None:
    before = trace()
    kms = promotion.world.client("kms", "dev")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    digest = promotion.described["CustomerMetadataProperties"]["promotion.digest"]
    signature = kms.sign(
        KeyId=key,
        Message=bytes.fromhex(digest),
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    )["Signature"]
    forged = {"promotion.signature": base64.b64encode(signature).decode()}
    promotion.decide(package=register_again(promotion, **forged))
    assert "signature" in refused(promotion)
    promotion.decide(package=register_again(promotion, release_digest="0" * 64))
    assert f"its release_digest is {'0' * 64}" in refused(promotion)
    assert trace() == before


def test_two_approvals_of_one_moment_start_one_trial_and_their_events_may_come_again(
    promotion: Promotion, trace: Any
) -> None:
    before = trace()
    promotion.decide()
    promotion.decide()
    promotion.try_out()
    promotion.open_prod(approve=False)
    promotion.world.settle()
    assert trace() == (before[0] + 1, before[1] + 1, before[2])
    after, known = trace(), states(promotion.world, "pre-prod")
    # The newest twice, and all older ones behind it.
    *older, newest = approvals(promotion.world)
    redeliver(promotion.world, newest, newest, *older)
    assert trace() == after
    assert [each["state"] for each in states(promotion.world, "pre-prod")] == [
        each["state"] for each in known
    ]


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
    before, known = trace(), states(promotion.world, "prod")
    promotion.open_prod(Actor("ci", "penstock-tooling-gatekeeper"))
    with pytest.raises(RehearsalError, match="may be its author"):
        promotion.go_live()
    assert trace() == before
    assert states(promotion.world, "prod") == known


def test_a_delivery_takes_up_its_own_release_although_another_was_handed_over_since(
    promotion: Promotion, trace: Any
) -> None:
    before, world, digest = trace(), promotion.world, promotion.built.digest
    deployed = len(world.deliveries.actions.deployed)
    stored = promotion.publish().splitlines()
    assert stored[-1] == f"is there already: s3://penstock-releases/{digest}.tar"
    first, said = promotion.delivery, promotion.deliver()
    execution, promotion.delivery = promotion.delivery, first
    assert execution is not None
    assert said.splitlines() == [
        f"delivering fraud of {digest}: penstock-delivery-fraud, {execution.id}",
        "Look: aws codepipeline get-pipeline-state --name penstock-delivery-fraud --region "
        "eu-west-1",
    ]
    builder = "arn:aws:sts::444444444444:assumed-role/penstock-tooling-builder/ci"
    assert execution.started_by == builder
    s3 = world.client("s3", "tooling")
    place = {"Bucket": "penstock-releases", "Key": "delivery/release.zip"}
    s3.put_object(**place, Body=promotion.handed_over("0" * 64))
    world.settle(lambda: len(execution.actions) > 1 and execution.actions[1].is_over)
    world.deliveries.stop(execution, "seen")
    s3.put_object(**place, Body=promotion.handed_over())
    assert (execution.actions[1].name, execution.actions[1].status) == ("ReleaseCheck", "Succeeded")
    assert release_of(world, execution) == digest
    assert len(world.deliveries.actions.deployed) == deployed
    assert trace() == before


def test_promoting_a_use_case_leaves_another_in_prod_as_it_was(promotion: Promotion) -> None:
    world = promotion.world
    deploy_another(promotion, "prod", OTHER)
    before, deployed = standing(promotion, "prod", OTHER), len(world.deliveries.actions.deployed)
    assert {f"Maintenance{each}" for each in ("Inference", "Training", "TrainingSchedule")} <= set(
        before
    )
    promotion.decide()
    promotion.try_out()
    promotion.open_prod()
    promotion.go_live()
    made = world.deliveries.actions.deployed[deployed:]
    assert [each.name for each in made] == ["penstock-prod-pipelines-fraud"]
    assert standing(promotion, "prod", OTHER) == before


def test_a_gate_that_is_left_open_for_one_use_case_does_not_hold_up_another(
    promotion: Promotion, trace: Any
) -> None:
    world, digest = promotion.world, promotion.built.digest
    promotion.decide()
    promotion.try_out()
    before = trace()
    waiting = promotion.to_prod
    assert waiting is not None
    told = {"penstock.format": "1", "release_digest": digest}
    package = world.client("sagemaker", "tooling").create_model_package(
        ModelPackageGroupName=OTHER, CustomerMetadataProperties=told
    )["ModelPackageArn"]
    redeliver(world, passed_of(world, OTHER, package, digest))
    (other,) = world.deliveries.of(world.places["tooling"], f"penstock-prod-{OTHER}")
    assert promotion.asks(other)
    assert promotion.asks(waiting)
    world.deliveries.stop(other, "seen")
    # What leads a model of one use case to the way of another stops before the gate.
    redeliver(world, passed_of(world, OTHER, promotion.package, digest))
    lost = world.deliveries.of(world.places["tooling"], f"penstock-prod-{OTHER}")[-1]
    assert (lost.status, lost.find(*GATE)) == ("Failed", None)
    assert lost.reason == (
        f"ReleaseCheck: {promotion.package}: it is a model of the group 'fraud', and this is the "
        f"way to prod of '{OTHER}'. Approve it again: its own way to prod starts when pre-prod has "
        "passed it."
    )
    assert trace() == before
    promotion.open_prod(approve=False)
    world.settle()


def test_roles_may_do_all_that_was_done_but_for_the_builder_s_approval(
    promotion: Promotion, record: Path
) -> None:
    promotion.decide(status="Rejected")
    promotion.world.settle()
    calls = calls_of(record)
    judgement = judged(templates(record), calls)
    # Moto let it through, so that the deployer's own door was seen; IAM stops it before. And of
    # rows that are gone it tells who may not list the bucket, where S3 says that they may not be
    # read: readers expect both.
    stopped = [
        ("penstock-tooling-builder", "sagemaker:UpdateModelPackage"),
        ("penstock-execution", "s3:ListBucket"),
    ]
    others = [
        str(decision)
        for made, decision in judgement.refused
        if (made.principal.name, decision.request.action) not in stopped
    ]
    assert not others, "\n" + "\n".join(others)
    assert "tooling-recorder" in names(calls)

"""Training in dev as a step of the delivery."""

import copy
import json
from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

import pytest
from candidates import ready
from killing import assert_survives_every_kill, starts_of_two_tries
from moto.sagemaker.models import sagemaker_backends
from tooling_world import (
    AUTHOR,
    DEFINITION,
    DELIVERY,
    DEV,
    PIPELINE,
    REGION,
    TOOLING,
    World,
    release_bytes,
)

from infra.runtime.canonical import sha256
from infra.runtime.champion import NO_CHAMPION
from infra.runtime.training.champion import approved_champion
from infra.runtime.training.handler import handle

ARN = f"arn:aws:sagemaker:{REGION}:{DEV}:pipeline/{PIPELINE}"


def trained(world: World, continuation: str = "", job: str = "", **further: str) -> Any:
    """Let the function do its work, and return what it told."""
    parameters = {"use_case": "fraud", "delivery": DELIVERY, **further}
    event = world.job(continuation, **parameters)
    if job:
        event["CodePipeline.job"]["id"] = job
    handle(event, None)
    return world.answer


def refused(world: World, continuation: str = "", **further: str) -> str:
    trained(world, continuation, **further)
    return world.refusal


@pytest.fixture
def deployed(world: World) -> World:
    """Two accounts with the release's training pipeline in dev."""
    world.deliver()
    world.deploy()
    return world


def start(world: World, status: str = "Executing", **further: str) -> str:
    """Settle and start training, and return the execution's ARN."""
    settled = str(trained(world, **further)["continuationToken"])
    execution = str(trained(world, settled, **further)["continuationToken"])
    world.started()[execution].pipeline_execution_status = status
    return execution


def given(world: World, execution: str) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in world.started()[execution].pipeline_parameters}


def test_it_starts_with_what_the_definition_declares(deployed: World) -> None:
    execution = start(deployed)
    assert given(deployed, execution) == {
        "Image": "penstock:1",
        "source": "s3://penstock-dev-artifacts/rows",
        "started_by": AUTHOR,
        "definition": f"sha256:{sha256(DEFINITION.encode())}",
    }


def commit(world: World, snapshot: int) -> str:
    """Make a snapshot of a table in dev the current one; return the table's address."""
    glue, place = world.dev("glue"), f"s3://penstock-dev-models/lake/{snapshot}.metadata.json"
    world.put(place, json.dumps({"current-snapshot-id": snapshot}).encode())
    made = {
        "Name": "rows",
        "Parameters": {"table_type": "ICEBERG", "metadata_location": place},
    }
    if glue.get_databases()["DatabaseList"]:
        glue.update_table(DatabaseName="fraud", TableInput=made)
    else:
        glue.create_database(DatabaseInput={"Name": "fraud"})
        glue.create_table(DatabaseName="fraud", TableInput=made)
    return "iceberg+glue://?warehouse=s3://penstock-dev-models/lake#fraud.rows"


def test_a_table_in_dev_is_read_at_the_snapshot_that_is_current(
    deployed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = commit(deployed, 7)
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": table}))
    found = given(deployed, start(deployed))
    assert found["source"] == table.replace("#", "&snapshot=7#")


def test_a_start_that_is_tried_again_is_the_same_start_with_the_same_rows(
    deployed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": commit(deployed, 7)}))
    settled = trained(deployed)["continuationToken"]
    assert not deployed.started()
    first, again = starts_of_two_tries(
        lambda: trained(deployed, settled), lambda: commit(deployed, 8)
    )
    assert first == again
    (source,) = (each["Value"] for each in first["PipelineParameters"] if each["Name"] == "source")
    assert "&snapshot=7#" in source


def test_what_codepipeline_cannot_keep_is_refused_before_anything_starts(
    deployed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = dict.fromkeys(("champion", "champion_evidence"), "s3://" + "a" * 700)
    monkeypatch.setattr("infra.runtime.training.handler.approved_champion", lambda *_: settled)
    monkeypatch.setenv("PENSTOCK_SOURCES", json.dumps({"fraud": "s3://" + "r" * 700}))
    assert refused(deployed) == (
        "job 99999999-2222-3333-4444-555555555555: the addresses of source and champion have "
        "2,165 signs in all; CodePipeline keeps 2,048. Give the source a shorter address."
    )
    assert not deployed.started()


def test_a_candidate_is_compared_with_what_was_approved_last_in_the_centre(world: World) -> None:
    names = ("champion", "champion_version", "champion_evidence")
    parameters = [{"Name": each, "Type": "String", "DefaultValue": ""} for each in names]
    text = json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": []})
    world.deliver(release_bytes(text))
    world.deploy(text)
    assert given(world, start(world)) == {}
    sagemaker = world.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="fraud")
    # The second was approved first, and the third was not.
    for number, status in enumerate(("Approved", "Approved", "Rejected"), start=1):
        place = f"s3://penstock-central/promoted/fraud/{number}"
        source = {
            "S3Uri": f"{place}/model/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
        arn = sagemaker.create_model_package(
            ModelPackageGroupName="fraud",
            InferenceSpecification={
                "Containers": [{"Image": "image", "ModelDataSource": {"S3DataSource": source}}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelApprovalStatus=status,
            CustomerMetadataProperties={
                "penstock.format": "1",
                "penstock.evidence": f"{place}/evidence",
            },
        )["ModelPackageArn"]
        found = sagemaker_backends[TOOLING][REGION].model_packages[arn]
        found.last_modified_time = datetime(2026, 11, 20, 12 - number, tzinfo=UTC)
    assert given(world, start(world, job="88888888-2222-3333-4444-555555555555")) == {
        "champion": "s3://penstock-central/promoted/fraud/1/model/",
        "champion_version": "fraud/1",
        "champion_evidence": "s3://penstock-central/promoted/fraud/1/evidence",
    }


def test_approved_versions_are_asked_for_by_the_hundred() -> None:
    sagemaker = MagicMock()
    assert approved_champion(sagemaker, "fraud") == NO_CHAMPION
    asked = sagemaker.get_paginator.return_value.paginate.call_args.kwargs
    assert asked["PaginationConfig"] == {"PageSize": 100}


def test_a_delivery_that_nobody_started_trains_nothing(deployed: World) -> None:
    deployed.codepipeline.trigger = {
        "triggerType": "CloudWatchEvent",
        "triggerDetail": "arn:aws:events:eu-west-1:123456789012:rule/source",
    }
    assert refused(deployed) == (
        f"penstock-delivery-fraud {DELIVERY}: nobody is named who started it: "
        "arn:aws:events:eu-west-1:123456789012:rule/source. Start the delivery by `pipeline "
        "release deliver`."
    )
    assert deployed.started() == {}


def test_a_delivery_that_started_as_it_was_made_trains_nothing(deployed: World) -> None:
    maker = "arn:aws:sts::123456789012:assumed-role/cdk-penstock-cfn-exec-role/AWSCloudFormation"
    deployed.codepipeline.trigger = {"triggerType": "CreatePipeline", "triggerDetail": maker}
    assert refused(deployed) == (
        f"penstock-delivery-fraud {DELIVERY}: nobody is named who started it: {maker}. "
        "Start the delivery by `pipeline release deliver`."
    )
    assert deployed.started() == {}


def test_the_same_job_starts_nothing_twice_and_another_does(deployed: World) -> None:
    first, again = start(deployed), start(deployed)
    assert first == again
    other = start(deployed, job="88888888-2222-3333-4444-555555555555")
    assert other != first
    assert len(deployed.started()) == 2


def test_it_waits_as_long_as_the_execution_runs(deployed: World) -> None:
    execution = start(deployed)
    for status in ("Executing", "Stopping"):
        deployed.started()[execution].pipeline_execution_status = status
        assert trained(deployed, execution) == {"continuationToken": execution}


@pytest.mark.parametrize("native", [False, True], ids=["ours", "native"])
def test_it_tells_the_candidate_that_the_execution_registered(world: World, native: bool) -> None:
    made = ready(world, native=native)
    told = trained(world, made.execution)["outputVariables"]
    assert {name: told[name] for name in ("package", "execution", "author")} == {
        "package": made.package,
        "execution": made.execution,
        "author": AUTHOR,
    }
    assert told["evidence"].startswith("s3://penstock-dev-models/")
    assert json.loads(world.read(told["metrics"])) == {"auc": 0.9}
    assert world.objects("penstock-dev-models")


def test_a_candidate_without_metrics_says_so(world: World) -> None:
    made = ready(world)
    packages = sagemaker_backends[DEV][REGION].model_packages
    packages[made.package].model_metrics = None
    assert trained(world, made.execution)["outputVariables"]["metrics"] == "none"


def test_killed_between_any_two_calls_it_has_started_one_execution(deployed: World) -> None:
    def make() -> World:
        pipeline = sagemaker_backends[DEV][REGION].pipelines[PIPELINE]
        pipeline.pipeline_executions.clear()
        deployed.codepipeline.told.clear()
        deployed.codepipeline.over.clear()
        return deployed

    settled = trained(deployed)["continuationToken"]

    def run(world: World) -> None:
        handle(world.job(settled, use_case="fraud", delivery=DELIVERY), None)

    def state(world: World) -> object:
        (execution,) = world.started()
        assert world.codepipeline.told == [{"continuationToken": execution}]
        return copy.deepcopy(given(world, execution))

    calls = assert_survives_every_kill(make, run, state)
    assert "sagemaker:StartPipelineExecution" in calls


def test_killed_while_it_looks_at_the_end_it_tells_the_same(world: World) -> None:
    made = ready(world)

    def make() -> World:
        world.codepipeline.told.clear()
        world.codepipeline.over.clear()
        return world

    def run(world: World) -> None:
        handle(world.job(made.execution, use_case="fraud"), None)

    assert_survives_every_kill(make, run, lambda world: copy.deepcopy(world.codepipeline.told))


def test_another_body_than_the_releases_is_never_started(deployed: World) -> None:
    other = '{"Version":"2020-12-01","Steps":[]}'
    deployed.dev("sagemaker").update_pipeline(PipelineName=PIPELINE, PipelineDefinition=other)
    assert refused(deployed) == (
        f"{ARN}: the body deployed there is {sha256(other.encode())}, and that of release "
        f"{deployed.release} is {sha256(DEFINITION.encode())}. See who changed the pipeline, and "
        "start the delivery again."
    )
    assert not deployed.started()


def test_a_body_that_changed_while_it_ran_is_refused(deployed: World) -> None:
    execution = start(deployed, "Succeeded")
    deployed.dev("sagemaker").update_pipeline(PipelineName=PIPELINE, PipelineDefinition="{}")
    assert refused(deployed, execution).startswith(f"{ARN}: the body deployed there is ")


def test_an_execution_of_another_definition_is_refused(deployed: World) -> None:
    execution = start(deployed, "Succeeded")
    deployed.started()[execution].pipeline_definition_for_execution = "{}"
    assert refused(deployed, execution) == (
        f"{execution}: it did not run the definition of release {deployed.release}. Start the "
        "delivery again."
    )


def test_a_pipeline_of_another_release_is_never_started(world: World) -> None:
    world.deliver()
    world.deploy(release="b" * 64)
    assert refused(world) == (
        f"{ARN}: the pipeline is tagged as of release {'b' * 64}, and the delivery is of "
        f"{world.release}. Start the delivery again."
    )
    assert not world.started()


def test_a_run_without_a_candidate_tells_what_its_fail_step_said(deployed: World) -> None:
    execution = start(deployed, "Failed")
    deployed.steps[execution] = [
        {"StepName": "evaluate", "StepStatus": "Succeeded"},
        {
            "StepName": "fail",
            "StepStatus": "Failed",
            "Metadata": {"Fail": {"ErrorMessage": "the gate average_precision was missed."}},
        },
    ]
    assert refused(deployed, execution) == (
        f"{execution}: there is no candidate: the gate average_precision was missed. Look at the "
        "evaluation, change data or training, and deliver again."
    )


def test_a_failed_step_is_told_with_its_reason(deployed: World) -> None:
    execution = start(deployed, "Failed")
    deployed.steps[execution] = [
        {"StepName": "train", "StepStatus": "Failed", "FailureReason": "out of memory."},
        {"StepName": "evaluate", "StepStatus": "Failed"},
    ]
    assert refused(deployed, execution) == (
        f"{execution}: the training is Failed (train: out of memory; evaluate: no reason given). "
        "See its logs: pipeline logs EXECUTION."
    )


def test_a_stopped_run_is_told(deployed: World) -> None:
    execution = start(deployed, "Stopped")
    assert refused(deployed, execution) == (
        f"{execution}: the training is Stopped (no reason given). See its logs: pipeline logs "
        "EXECUTION."
    )


def test_a_run_that_registers_no_model_or_two_is_refused(deployed: World) -> None:
    execution = start(deployed, "Succeeded")
    remedy = "a delivery promotes exactly one. Look at the pipeline's register step."
    assert refused(deployed, execution) == f"{execution}: it registered 0 models; {remedy}"
    arn = f"arn:aws:sagemaker:{REGION}:{DEV}:model-package/fraud/1"
    step = {"StepName": "register", "Metadata": {"RegisterModel": {"Arn": arn}}}
    deployed.steps[execution] = [step, step]
    assert refused(deployed, execution) == f"{execution}: it registered 2 models; {remedy}"


def test_a_model_of_another_group_is_refused(deployed: World) -> None:
    execution = start(deployed, "Succeeded")
    arn = f"arn:aws:sagemaker:{REGION}:{DEV}:model-package/churn/1"
    deployed.steps[execution] = [
        {"StepName": "register", "Metadata": {"RegisterModel": {"Arn": arn}}}
    ]
    assert refused(deployed, execution) == (
        f"{execution}: it registered {arn}, which is no version of the group 'fraud' of account "
        f"{DEV}. Look at the pipeline's register step."
    )


def test_a_parameter_that_nobody_gives_is_told_before_anything_starts(world: World) -> None:
    text = json.dumps(
        {
            "Version": "2020-12-01",
            "Parameters": [
                {"Name": "CodeRoot", "Type": "String"},
                {"Name": "rows", "Type": "Integer"},
                {"Name": "reason", "Type": "String"},
            ],
            "Steps": [],
        }
    )
    world.deliver(release_bytes(text))
    world.deploy(text)
    assert refused(world) == (
        f"s3://penstock-releases/{world.release}.tar: the pipeline fraud-training cannot be "
        "started: nobody gives CodeRoot, rows. Give the parameter a default, or set it in "
        "PENSTOCK_PARAMETERS."
    )


def test_every_missing_variable_is_told_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DEV_ROLE", "PARAMETERS", "GROUPS"):
        monkeypatch.delenv(f"PENSTOCK_{name}")
    monkeypatch.setenv("PENSTOCK_RELEASES", "https://example.com")
    monkeypatch.setenv("PENSTOCK_SOURCES", '{"fraud":1}')
    assert refused(world).splitlines() == [
        "PENSTOCK_RELEASES is no address s3://BUCKET.",
        "PENSTOCK_DEV_ROLE is not set.",
        "PENSTOCK_GROUPS is not set.",
        "PENSTOCK_PARAMETERS is not set.",
        "PENSTOCK_SOURCES holds a value that is no text.",
    ]

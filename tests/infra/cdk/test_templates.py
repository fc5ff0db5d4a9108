"""What the templates of the project's environments say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from synthesis import Documents, definition, inputs, synthesize

WORKLOADS = ("dev", "pre-prod", "prod")


def of_type(document: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for title, resource in document["Resources"].items():
        if resource["Type"] == kind:
            yield title, resource["Properties"]


def test_every_environment_has_its_stacks(templates: Documents) -> None:
    assert sorted(templates) == [
        *(
            f"penstock-{each}-{stack}"
            for each in WORKLOADS
            for stack in ("access", "pipelines", "workload")
        ),
        *(f"penstock-tooling-{stack}" for stack in ("access", "delivery", "registry")),
    ]


@pytest.mark.slow
def test_two_syntheses_are_byte_identical(outdir: Path, tmp_path: Path) -> None:
    synthesize(inputs(), tmp_path)
    first, second = (
        {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for folder in (outdir, tmp_path / "cdk.out")
    )
    assert first == second


@pytest.mark.parametrize("environment", WORKLOADS)
def test_a_definition_is_the_releases_byte_for_byte_in_every_account(
    templates: Documents, environment: str
) -> None:
    bodies = {
        made["PipelineName"]: made["PipelineDefinition"]["PipelineDefinitionBody"]
        for _, made in of_type(
            templates[f"penstock-{environment}-pipelines"], "AWS::SageMaker::Pipeline"
        )
    }
    names = ["fraud-inference", "fraud-training", "wine-taste-inference", "wine-taste-training"]
    assert bodies == {name: definition(name) for name in names}


@pytest.mark.parametrize("environment", WORKLOADS)
def test_a_pipelines_tags_name_its_release_and_its_bytes(
    templates: Documents, environment: str
) -> None:
    document = templates[f"penstock-{environment}-pipelines"]
    for _, made in of_type(document, "AWS::SageMaker::Pipeline"):
        body = made["PipelineDefinition"]["PipelineDefinitionBody"]
        tags = {each["Key"]: each["Value"] for each in made["Tags"]}
        assert tags["penstock:release"] == {"Ref": "ReleaseDigest"}
        assert tags["penstock:body"] == hashlib.sha256(body.encode()).hexdigest()
        assert tags["penstock:managed-by"] == "cdk"


@pytest.mark.parametrize(
    ("environment", "state"), [("dev", "DISABLED"), ("pre-prod", "DISABLED"), ("prod", "ENABLED")]
)
def test_schedules_are_on_in_prod_alone(templates: Documents, environment: str, state: str) -> None:
    document = templates[f"penstock-{environment}-pipelines"]
    found = {
        made["Name"]: made["State"] for _, made in of_type(document, "AWS::Scheduler::Schedule")
    }
    assert found == {
        "penstock-fraud-training": state,
        "penstock-fraud-inference": state,
        "penstock-wine-taste-training": state,
    }


def test_a_schedule_keeps_the_use_cases_time_zone(templates: Documents) -> None:
    schedules = dict(of_type(templates["penstock-prod-pipelines"], "AWS::Scheduler::Schedule"))
    made = schedules["FraudInferenceSchedule"]
    assert made["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert made["ScheduleExpressionTimezone"] == "Europe/Madrid"
    assert json.loads(made["Target"]["Input"]) == {
        "kind": "inference",
        "pipeline": "fraud-inference",
        "scheduled": "<aws.scheduler.scheduled-time>",
        "schedule": "<aws.scheduler.schedule-arn>",
        "use_case": "fraud",
    }


def test_a_pipeline_that_depends_on_another_starts_when_that_has_succeeded(
    templates: Documents,
) -> None:
    rules = dict(of_type(templates["penstock-prod-pipelines"], "AWS::Events::Rule"))
    assert rules["WineTasteInferenceAfter"]["EventPattern"]["detail"] == {
        "pipelineArn": ["arn:aws:sagemaker:eu-west-1:333333333333:pipeline/wine-taste-training"],
        "currentPipelineExecutionStatus": ["Succeeded"],
    }
    assert "WineTasteInferenceAfter" not in templates["penstock-pre-prod-pipelines"]["Resources"]


def test_an_approval_alone_goes_to_pre_prod(templates: Documents) -> None:
    rules = dict(of_type(templates["penstock-tooling-registry"], "AWS::Events::Rule"))
    approved = rules["ApprovedRule"]
    assert approved["EventPattern"]["detail"] == {
        "ModelPackageGroupName": ["fraud", "wine-taste"],
        "ModelApprovalStatus": ["Approved"],
    }
    assert [each["Arn"] for each in approved["Targets"]] == [
        "arn:aws:events:eu-west-1:222222222222:event-bus/penstock-pre-prod-promotion"
    ]


def test_the_delivery_stops_at_a_person_before_the_central_registration(
    templates: Documents,
) -> None:
    pipelines = {
        made["Name"]: made
        for _, made in of_type(
            templates["penstock-tooling-delivery"], "AWS::CodePipeline::Pipeline"
        )
    }
    stages = [each["Name"] for each in pipelines["penstock-delivery"]["Stages"]]
    assert stages == ["Source", "Verify", "Dev", "Gate", "PreProd", "Register"]
    stages = [each["Name"] for each in pipelines["penstock-prod"]["Stages"]]
    assert stages == ["Source", "Verify", "Gate", "Prod"]
    assert {each["ExecutionMode"] for each in pipelines.values()} == {"QUEUED"}
    assert {each["PipelineType"] for each in pipelines.values()} == {"V2"}


def test_the_delivery_never_changes_rights(templates: Documents) -> None:
    document = templates["penstock-tooling-delivery"]
    deployed = [
        action["Configuration"]["StackName"]
        for _, made in of_type(document, "AWS::CodePipeline::Pipeline")
        for stage in made["Stages"]
        for action in stage["Actions"]
        if action["ActionTypeId"]["Provider"] == "CloudFormation"
    ]
    assert deployed == [
        "penstock-dev-pipelines",
        "penstock-pre-prod-pipelines",
        "penstock-prod-pipelines",
    ]
    for name, template in templates.items():
        kinds = {each["Type"] for each in template["Resources"].values()}
        assert name.endswith("access") == ("AWS::IAM::Role" in kinds), name


def test_what_was_released_and_decided_cannot_be_written_over_or_removed(
    templates: Documents,
) -> None:
    document = templates["penstock-tooling-registry"]
    buckets = dict(of_type(document, "AWS::S3::Bucket"))
    for title in ("ReleasesBucket", "LedgerBucket"):
        assert buckets[title]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
            "Days": 400,
            "Mode": "COMPLIANCE",
        }
    policies = dict(of_type(document, "AWS::S3::BucketPolicy"))
    for title in ("ReleasesBucketPolicy", "LedgerBucketPolicy", "ModelsBucketPolicy"):
        sids = [each["Sid"] for each in policies[title]["PolicyDocument"]["Statement"]]
        assert sids[:3] == ["NothingInClearText", "NothingIsWrittenOver", "NothingIsRemoved"]


def test_every_function_is_limited_and_keeps_its_failures(templates: Documents) -> None:
    found = 0
    for document in templates.values():
        for _, made in of_type(document, "AWS::Lambda::Function"):
            found += 1
            assert made["ReservedConcurrentExecutions"] == 2
            assert made["DeadLetterConfig"]["TargetArn"]
            assert made["Timeout"] <= 900
    assert found == 5 + 3 + 4 + 4


def test_logs_are_encrypted_and_end(templates: Documents) -> None:
    for document in templates.values():
        for _, made in of_type(document, "AWS::Logs::LogGroup"):
            assert made["RetentionInDays"] == 400
            assert made["KmsKeyId"]


def test_every_stack_is_tagged_for_its_costs(outdir: Path) -> None:
    for path in outdir.glob("assembly-*/manifest.json"):
        for artifact in json.loads(path.read_text())["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                tags = artifact["properties"]["tags"]
                assert set(tags) >= {"owner", "penstock:environment", "penstock:stack"}


def test_no_template_holds_a_path_of_the_machine_that_made_it(outdir: Path) -> None:
    for path in (outdir / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert str(Path(__file__).resolve().parents[3]) not in text
        assert str(outdir) not in text


def test_services_use_keys_as_each_of_their_guides_asks(templates: Documents) -> None:
    resources = templates["penstock-prod-workload"]["Resources"]
    statements = {
        (title, each["Sid"]): each
        for title in ("DataKey", "MessagesKey")
        for each in resources[title]["Properties"]["KeyPolicy"]["Statement"]
    }
    # With a condition on the account EventBridge could not send to the queues.
    events = statements["MessagesKey", "Events"]
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in events
    services = statements["MessagesKey", "Services"]
    assert services["Principal"] == {"Service": ["cloudwatch.amazonaws.com", "sns.amazonaws.com"]}
    assert services["Condition"] == {"StringEquals": {"aws:SourceAccount": "333333333333"}}
    groups = "arn:aws:logs:eu-west-1:333333333333:log-group:/aws/lambda/penstock-*"
    logs = statements["DataKey", "Logs"]
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert logs["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    tables = statements["DataKey", "Tables"]
    assert "kms:CreateGrant" in tables["Action"]
    through = {
        "kms:ViaService": "dynamodb.eu-west-1.amazonaws.com",
    }
    assert tables["Condition"] == {"StringEquals": through}

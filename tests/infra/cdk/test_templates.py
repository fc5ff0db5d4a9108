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
GROUPS = ("fraud", "wine-taste")
PIPELINE = "AWS::SageMaker::Pipeline"


def of_type(document: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for title, resource in document["Resources"].items():
        if resource["Type"] == kind:
            yield title, resource["Properties"]


def of_use_case(templates: Documents, environment: str, group: str) -> Mapping[str, Any]:
    return templates[f"penstock-{environment}-pipelines-{group}"]


def test_every_environment_has_its_stacks(templates: Documents) -> None:
    assert sorted(templates) == [
        *(
            f"penstock-{each}-{stack}"
            for each in WORKLOADS
            for stack in ("access", "pipelines-fraud", "pipelines-wine-taste", "workload")
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
@pytest.mark.parametrize("group", GROUPS)
def test_a_definition_is_the_releases_byte_for_byte_in_every_account(
    templates: Documents, environment: str, group: str
) -> None:
    bodies = {
        made["PipelineName"]: made["PipelineDefinition"]["PipelineDefinitionBody"]
        for _, made in of_type(of_use_case(templates, environment, group), PIPELINE)
    }
    assert bodies == {
        name: definition(name) for name in (f"{group}-inference", f"{group}-training")
    }


@pytest.mark.parametrize("environment", WORKLOADS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_pipelines_tags_name_its_release_and_its_bytes(
    templates: Documents, environment: str, group: str
) -> None:
    for _, made in of_type(of_use_case(templates, environment, group), PIPELINE):
        body = made["PipelineDefinition"]["PipelineDefinitionBody"]
        tags = {each["Key"]: each["Value"] for each in made["Tags"]}
        assert tags["penstock:release"] == {"Ref": "ReleaseDigest"}
        assert tags["penstock:body"] == hashlib.sha256(body.encode()).hexdigest()
        assert tags["penstock:managed-by"] == "cdk"


@pytest.mark.parametrize("environment", WORKLOADS)
def test_a_stack_holds_nothing_of_another_use_case(templates: Documents, environment: str) -> None:
    for group, other in (GROUPS, reversed(GROUPS)):
        document = of_use_case(templates, environment, group)
        assert other not in json.dumps(document)
    for stack, document in templates.items():
        if "-pipelines-" not in stack:
            kinds = {each["Type"] for each in document["Resources"].values()}
            assert not kinds & {PIPELINE, "AWS::Scheduler::Schedule"}, stack


@pytest.mark.parametrize(
    ("environment", "state"), [("dev", "DISABLED"), ("pre-prod", "DISABLED"), ("prod", "ENABLED")]
)
def test_schedules_are_on_in_prod_alone(templates: Documents, environment: str, state: str) -> None:
    found = {
        (made["GroupName"], made["Name"]): made["State"]
        for group in GROUPS
        for _, made in of_type(
            of_use_case(templates, environment, group), "AWS::Scheduler::Schedule"
        )
    }
    names = ("fraud-training", "fraud-inference", "wine-taste-training")
    assert found == {(f"penstock-{environment}", f"penstock-{name}"): state for name in names}


@pytest.mark.parametrize("environment", WORKLOADS)
def test_use_cases_share_the_group_of_schedules_and_where_failed_starts_go(
    templates: Documents, environment: str
) -> None:
    resources = templates[f"penstock-{environment}-workload"]["Resources"]
    group = resources["ScheduleGroup"]["Properties"]
    dead = resources["SchedulesDeadQueue"]["Properties"]["QueueName"]
    for each in GROUPS:
        document = of_use_case(templates, environment, each)
        for _, made in of_type(document, "AWS::Scheduler::Schedule"):
            assert made["GroupName"] == group["Name"]
            assert made["Target"]["DeadLetterConfig"]["Arn"].endswith(f":{dead}")


def test_a_schedule_keeps_the_use_cases_time_zone(templates: Documents) -> None:
    schedules = dict(of_type(of_use_case(templates, "prod", "fraud"), "AWS::Scheduler::Schedule"))
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
    rules = dict(of_type(of_use_case(templates, "prod", "wine-taste"), "AWS::Events::Rule"))
    assert rules["WineTasteInferenceAfter"]["EventPattern"]["detail"] == {
        "pipelineArn": ["arn:aws:sagemaker:eu-west-1:333333333333:pipeline/wine-taste-training"],
        "currentPipelineExecutionStatus": ["Succeeded"],
    }
    elsewhere = of_use_case(templates, "pre-prod", "wine-taste")
    assert "WineTasteInferenceAfter" not in elsewhere["Resources"]


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


def deliveries(templates: Documents) -> dict[str, Mapping[str, Any]]:
    document = templates["penstock-tooling-delivery"]
    return {made["Name"]: made for _, made in of_type(document, "AWS::CodePipeline::Pipeline")}


def test_a_delivery_stops_at_a_person_before_the_central_registration(
    templates: Documents,
) -> None:
    pipelines = deliveries(templates)
    assert len(pipelines) == 2 * len(GROUPS)
    for group in GROUPS:
        stages = [each["Name"] for each in pipelines[f"penstock-delivery-{group}"]["Stages"]]
        assert stages == ["Source", "Verify", "Dev", "Gate", "PreProd", "Register"]
        stages = [each["Name"] for each in pipelines[f"penstock-prod-{group}"]["Stages"]]
        assert stages == ["Source", "Verify", "Gate", "Prod"]
    assert {each["ExecutionMode"] for each in pipelines.values()} == {"QUEUED"}
    assert {each["PipelineType"] for each in pipelines.values()} == {"V2"}


@pytest.mark.parametrize("group", GROUPS)
def test_a_delivery_deploys_and_asks_of_its_own_use_case_alone(
    templates: Documents, group: str
) -> None:
    found = {}
    for way in ("delivery", "prod"):
        made = deliveries(templates)[f"penstock-{way}-{group}"]
        actions = [action for stage in made["Stages"] for action in stage["Actions"]]
        role = made["RoleArn"].rpartition("/")[2]
        deployed = [
            (
                each["Configuration"]["StackName"],
                each["Configuration"]["TemplatePath"],
                each["RoleArn"].rpartition("/")[2],
            )
            for each in actions
            if each["ActionTypeId"]["Provider"] == "CloudFormation"
        ]
        asked = {
            each["Name"]: {
                name: value
                for name, value in json.loads(each["Configuration"]["UserParameters"]).items()
                if name in ("group", "use_case")
            }
            for each in actions
            if each["ActionTypeId"]["Provider"] == "Lambda"
        }
        variables = [each["Name"] for each in made.get("Variables", ())]
        found[way] = (role, deployed, asked, variables)
    use_case = group.replace("-", "_")
    stacks = {each: f"penstock-{each}-pipelines-{group}" for each in WORKLOADS}
    whole = {
        each: (stack, f"Release::templates/{stack}.template.json", stack)
        for each, stack in stacks.items()
    }
    assert found == {
        "delivery": (
            f"penstock-tooling-delivery-{group}",
            [whole["dev"], whole["pre-prod"]],
            {
                "ReleaseCheck": {},
                "Train": {"use_case": use_case},
                "Register": {"use_case": use_case},
            },
            [],
        ),
        "prod": (
            f"penstock-tooling-to-prod-{group}",
            [whole["prod"]],
            {"ReleaseCheck": {"group": group}, "Open": {"group": group}},
            ["package", "approved_at"],
        ),
    }


def test_a_passed_trial_starts_the_way_to_prod_of_its_own_use_case(templates: Documents) -> None:
    rules = of_type(templates["penstock-tooling-delivery"], "AWS::Events::Rule")
    started = {
        made["EventPattern"]["detail"]["group"][0]: [each["Arn"] for each in made["Targets"]]
        for _, made in rules
        if made["EventPattern"]["source"] == ["penstock.promotion"]
    }
    there = "arn:aws:codepipeline:eu-west-1:444444444444"
    assert started == {group: [f"{there}:penstock-prod-{group}"] for group in GROUPS}


def test_a_delivery_never_changes_rights(templates: Documents) -> None:
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


def test_the_starter_may_look_through_hundreds_of_versions(templates: Documents) -> None:
    limits = {
        made["Timeout"]
        for document in templates.values()
        for _, made in of_type(document, "AWS::Lambda::Function")
        if made["Handler"] == "infra.runtime.starter.handler.handle"
    }
    hidden = {
        made["VisibilityTimeout"]
        for document in templates.values()
        for _, made in of_type(document, "AWS::SQS::Queue")
        if str(made.get("QueueName")).endswith("-waiting-starts")
    }
    # A message that is worked on stays hidden for longer than that takes.
    assert limits == {300}
    assert hidden == {360}


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

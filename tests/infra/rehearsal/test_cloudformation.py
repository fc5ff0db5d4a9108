import json
from pathlib import Path
from typing import Any

import pytest
from small_definitions import WRITES, definition, processing
from small_templates import REGION, queue, role, template

from infra.rehearsal.cloudformation.bootstrap import bootstrap, publish_assets
from infra.rehearsal.cloudformation.deploying import deploy
from infra.rehearsal.errors import RehearsalError
from infra.rehearsal.world import World

DEV = "111111111111"
DOCUMENT = {"Version": "2012-10-17", "Statement": []}
BODY = definition(processing("write", WRITES)).replace('", "', '" , "')


def everything() -> dict[str, Any]:
    """A template with every type that moto skips."""
    bucket = {"BucketName": "every-bucket", "ObjectLockEnabled": True}
    bucket["VersioningConfiguration"] = {"Status": "Enabled"}
    alarm = {
        "AlarmName": "every-alarm",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}],
        "Statistic": "Maximum",
        "Period": "60",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [{"Ref": "Topic"}],
    }
    schedule = {
        "Name": "every-schedule",
        "GroupName": {"Ref": "Group"},
        "ScheduleExpression": "cron(0 5 * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "DISABLED",
        "Target": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "RoleArn": "arn:aws:iam::1:role/x"},
    }
    key = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "KeyPolicy": DOCUMENT}
    pipeline = {
        "PipelineName": "every-pipeline",
        "PipelineDefinition": {"PipelineDefinitionBody": BODY},
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": 2},
        "Tags": [{"Key": "penstock:body", "Value": "abc"}],
    }
    return template(
        Role=role("codepipeline.amazonaws.com", "every-role"),
        Queue=queue("every-queue"),
        QueuePolicy={
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": DOCUMENT},
        },
        Topic={"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "every-topic"}},
        TopicPolicy={
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": DOCUMENT},
        },
        Subscription={
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
        },
        Bucket={"Type": "AWS::S3::Bucket", "Properties": bucket},
        BucketPolicy={
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": DOCUMENT},
        },
        Alarm={"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        Group={"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "every-group"}},
        Schedule={"Type": "AWS::Scheduler::Schedule", "Properties": schedule},
        Models={
            "Type": "AWS::SageMaker::ModelPackageGroup",
            "Properties": {
                "ModelPackageGroupName": "every-group",
                "ModelPackageGroupPolicy": DOCUMENT,
            },
        },
        Pipeline={"Type": "AWS::SageMaker::Pipeline", "Properties": pipeline},
        Key={"Type": "AWS::KMS::Key", "Properties": key},
        Alias={
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": "alias/every", "TargetKeyId": {"Ref": "Key"}},
        },
        Log={"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/every"}},
        Filter={
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": {"Ref": "Log"},
                "FilterPattern": "ERROR",
                "MetricTransformations": [
                    {"MetricName": "errors", "MetricNamespace": "every", "MetricValue": "1"}
                ],
            },
        },
        Delivery={
            "Type": "AWS::CodePipeline::Pipeline",
            "Properties": {
                "Name": "every-delivery",
                "PipelineType": "V2",
                "ExecutionMode": "QUEUED",
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "ArtifactStore": {"Type": "S3", "Location": {"Ref": "Bucket"}},
                "Variables": [{"Name": "use_case"}],
                "Stages": [stage("Source"), stage("Gate")],
            },
        },
    )


def stage(name: str) -> dict[str, Any]:
    kind = {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"}
    action = {"Name": "Approve", "ActionTypeId": kind, "RunOrder": 1}
    return {"Name": name, "Actions": [action]}


@pytest.fixture(scope="module")
def stack(world: World) -> Any:
    return world.deploy("dev", "every", everything())


def test_every_resource_of_a_stack_is_really_there(world: World, stack: Any) -> None:
    assert set(stack.resources) == set(everything()["Resources"])
    sagemaker = world.client("sagemaker", "dev")
    found = sagemaker.describe_pipeline(PipelineName="every-pipeline")
    assert found["PipelineDefinition"] == BODY
    assert found["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    policy = sagemaker.get_model_package_group_policy(ModelPackageGroupName="every-group")
    assert json.loads(policy["ResourcePolicy"]) == DOCUMENT
    schedule = world.client("scheduler", "dev").get_schedule(
        Name="every-schedule", GroupName="every-group"
    )
    assert schedule["Target"]["Arn"] == f"arn:aws:sqs:{REGION}:{DEV}:every-queue"
    delivery = world.client("codepipeline", "dev").get_pipeline(name="every-delivery")["pipeline"]
    assert delivery["variables"] == [{"name": "use_case"}]
    assert delivery["stages"][0]["actions"][0]["actionTypeId"]["provider"] == "Manual"
    s3 = world.client("s3", "dev")
    assert json.loads(s3.get_bucket_policy(Bucket="every-bucket")["Policy"]) == DOCUMENT
    lock = s3.get_object_lock_configuration(Bucket="every-bucket")["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"
    alarms = world.client("cloudwatch", "dev").describe_alarms(AlarmNames=["every-alarm"])
    assert alarms["MetricAlarms"][0]["Period"] == 60
    key = world.client("kms", "dev").describe_key(KeyId="alias/every")["KeyMetadata"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


def test_an_update_changes_what_changed_and_a_second_one_nothing(world: World, stack: Any) -> None:
    changed = everything()
    pipeline = changed["Resources"]["Pipeline"]["Properties"]
    pipeline["PipelineDefinition"]["PipelineDefinitionBody"] = BODY + " "
    pipeline["Tags"] = [{"Key": "penstock:body", "Value": "other"}]
    changed["Resources"]["Schedule"]["Properties"]["State"] = "ENABLED"
    assert world.deploy("dev", "every", changed).changed
    assert not world.deploy("dev", "every", changed).changed
    sagemaker = world.client("sagemaker", "dev")
    found = sagemaker.describe_pipeline(PipelineName="every-pipeline")
    assert found["PipelineDefinition"] == BODY + " "
    tags = sagemaker.list_tags(ResourceArn=found["PipelineArn"])["Tags"]
    assert {"Key": "penstock:body", "Value": "other"} in tags
    schedule = world.client("scheduler", "dev").get_schedule(
        Name="every-schedule", GroupName="every-group"
    )
    assert schedule["State"] == "ENABLED"


def test_what_leaves_a_template_leaves_the_account(world: World) -> None:
    both = template(
        Group={"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "gone"}},
        Queue=queue("stays"),
    )
    world.deploy("pre-prod", "leaving", both)
    world.deploy("pre-prod", "leaving", template(Queue=queue("stays")))
    groups = world.client("scheduler", "pre-prod").list_schedule_groups()["ScheduleGroups"]
    assert [each["Name"] for each in groups] == ["default"]


def test_all_types_that_would_be_skipped_are_told_and_nothing_is_made(world: World) -> None:
    skipped = template(
        Queue=queue("never"),
        One={"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": "x"}},
        Two={"Type": "AWS::Glue::Database", "Properties": {}},
    )
    with pytest.raises(RehearsalError) as told:
        world.deploy("dev", "skipping", skipped)
    assert str(told.value) == (
        "stack skipping in 111111111111: moto skips AWS::Athena::WorkGroup, AWS::Glue::Database. "
        "Make them in infra/rehearsal/cloudformation/kinds."
    )
    assert "never" not in str(world.client("sqs", "dev").list_queues().get("QueueUrls"))


def test_a_property_that_no_service_takes_is_told(world: World) -> None:
    wrong = template(
        Group={"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Nmae": "x", "Name": "y"}}
    )
    with pytest.raises(RehearsalError, match="CreateScheduleGroup takes no Nmae"):
        world.deploy("dev", "wrong", wrong)


def test_an_account_sees_nothing_of_another(world: World, stack: Any) -> None:
    found = world.client("sagemaker", "prod").list_pipelines()["PipelineSummaries"]
    assert found == []
    assert "every-queue" in str(world.client("sqs", "dev").list_queues()["QueueUrls"])


def test_a_template_of_the_size_of_a_real_one_is_deployed(world: World) -> None:
    large = template(Queue=queue("large"))
    large["Metadata"] = {"text": "x" * 500_000}
    client = world.client("cloudformation", "prod")
    assert deploy(client, world.places["prod"], "large", large).resources["Queue"]


def test_assets_are_published_where_a_template_looks_for_them(world: World, tmp_path: Path) -> None:
    place = world.places["dev"]
    s3 = world.client("s3", "dev")
    bucket = bootstrap(world.accounts, place, "penstock")
    assert bucket == f"cdk-penstock-assets-{DEV}-{REGION}"
    assert bootstrap(world.accounts, place, "penstock") == bucket
    folder = tmp_path / "asset.1"
    (folder / "infra" / "runtime").mkdir(parents=True)
    (folder / "infra" / "runtime" / "x.py").write_text("pass")
    (tmp_path / "t.json").write_text("{}")
    name = "cdk-penstock-assets-${AWS::AccountId}-${AWS::Region}"
    files = {
        "1": {
            "source": {"path": "asset.1", "packaging": "zip"},
            "destinations": {"here": {"bucketName": name, "objectKey": "1.zip"}},
        },
        "2": {
            "source": {"path": "t.json", "packaging": "file"},
            "destinations": {"here": {"bucketName": name, "objectKey": "2.json"}},
        },
    }
    assets = tmp_path / "stack.assets.json"
    assets.write_text(json.dumps({"files": files}))
    assert publish_assets(s3, assets, place) == [f"s3://{bucket}/1.zip", f"s3://{bucket}/2.json"]
    assert s3.get_object(Bucket=bucket, Key="1.zip")["Body"].read().startswith(b"PK")
    (tmp_path / "t.json").unlink()
    with pytest.raises(RehearsalError, match=r"t\.json: an asset of the cloud assembly is not"):
        publish_assets(s3, assets, place)

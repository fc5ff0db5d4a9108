"""What jobs, their images, logs and rows ask of IAM; and what definitions make SageMaker ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from infra.policies import PolicyError, Question, Template
from infra.policies.calls import Call, asked, standing_calls

TOOLING, DEV, REGION = "444444444444", "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{DEV}:role/jobs"
IMAGE = f"{TOOLING}.dkr.ecr.{REGION}.amazonaws.com/penstock@sha256:{'0' * 64}"


def arn(service: str, resource: str, account: str = DEV) -> str:
    return f"arn:aws:{service}:{REGION}:{account}:{resource}"


def call(called: str, error: str = "", /, **parameters: Any) -> Call:
    service, operation = called.split(":")
    return Call(ROLE, "session", REGION, service, operation, parameters, error)


JOB, GROUP = arn("sagemaker", "processing-job/pipelines-1"), "/aws/sagemaker/ProcessingJobs"
LOG, REPOSITORY = arn("logs", f"log-group:{GROUP}"), arn("ecr", "repository/penstock", TOOLING)
CATALOG, DATABASE = arn("glue", "catalog"), arn("glue", "database/orders")
TABLE = arn("glue", "table/orders/rows")
PASSED = Question("iam:PassRole", ROLE, {"iam:PassedToService": "sagemaker.amazonaws.com"})
PLACE = {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
EXAMPLES = [
    (
        call(
            "sagemaker:CreateProcessingJob",
            ProcessingJobName="pipelines-1",
            RoleArn=ROLE,
            ProcessingResources={"ClusterConfig": {"InstanceType": "ml.m5.large"}},
            NetworkConfig={"VpcConfig": PLACE},
            Tags=[{"Key": "a", "Value": "b"}],
        ),
        [
            Question(
                "sagemaker:CreateProcessingJob",
                JOB,
                {
                    "sagemaker:InstanceTypes": ("ml.m5.large",),
                    "sagemaker:VpcSubnets": ("subnet-1", "subnet-2"),
                    "sagemaker:VpcSecurityGroupIds": ("sg-1",),
                },
            ),
            Question("sagemaker:AddTags", JOB),
            PASSED,
        ],
    ),
    (
        call(
            "sagemaker:CreateTrainingJob",
            TrainingJobName="pipelines-1",
            RoleArn=ROLE,
            ResourceConfig={"InstanceType": "ml.m5.large"},
        ),
        [
            Question(
                "sagemaker:CreateTrainingJob",
                arn("sagemaker", "training-job/pipelines-1"),
                {"sagemaker:InstanceTypes": ("ml.m5.large",)},
            ),
            PASSED,
        ],
    ),
    (
        call("sagemaker:StopTransformJob", TransformJobName="pipelines-1"),
        [Question("sagemaker:StopTransformJob", arn("sagemaker", "transform-job/pipelines-1"))],
    ),
    (
        call("sagemaker:CreateModel", ModelName="pipelines-1", ExecutionRoleArn=ROLE),
        [Question("sagemaker:CreateModel", arn("sagemaker", "model/pipelines-1")), PASSED],
    ),
    (
        call("logs:DescribeLogStreams", logGroupName=GROUP),
        [
            Question("logs:DescribeLogStreams", LOG),
            Question("logs:DescribeLogStreams", f"{LOG}:log-stream:"),
        ],
    ),
    (
        call("cloudwatch:PutMetricData", Namespace=GROUP),
        [Question("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": GROUP})],
    ),
    (call("ecr:GetAuthorizationToken"), [Question("ecr:GetAuthorizationToken", "*")]),
    (
        call("ecr:BatchGetImage", registryId=TOOLING, repositoryName="penstock"),
        [Question("ecr:BatchGetImage", REPOSITORY)],
    ),
    (
        call("glue:GetTable", DatabaseName="orders", Name="rows"),
        [Question("glue:GetTable", each) for each in (CATALOG, DATABASE, TABLE)],
    ),
    (
        call("glue:UpdateTable", DatabaseName="orders", TableInput={"Name": "rows"}),
        [Question("glue:UpdateTable", each) for each in (CATALOG, DATABASE, TABLE)],
    ),
    (
        call("glue:GetDatabase", Name="orders"),
        [Question("glue:GetDatabase", each) for each in (CATALOG, DATABASE)],
    ),
    (
        call("secretsmanager:GetSecretValue", SecretId="orders/database"),
        [
            Question(
                "secretsmanager:GetSecretValue",
                arn("secretsmanager", "secret:orders/database-Ab1cD2"),
            )
        ],
    ),
    (call("secretsmanager:GetSecretValue", "ResourceNotFoundException", SecretId="nothing"), []),
]


@pytest.mark.parametrize(("made", "questions"), EXAMPLES, ids=lambda each: str(each)[:60])
def test_a_call_asks_for(made: Call, questions: list[Question]) -> None:
    assert asked(made, {}) == questions


def of(*steps: Any, groups: Sequence[str] = ()) -> Template:
    """A template with a pipeline, what starts it, and groups of models."""
    document = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Image", "Type": "String", "DefaultValue": "penstock:0.1.0"}],
        "Steps": steps,
    }
    pipeline = {
        "PipelineName": "fraud-training",
        "RoleArn": ROLE,
        "PipelineDefinition": {"PipelineDefinitionBody": json.dumps(document)},
        "Tags": [{"Key": "penstock:release", "Value": {"Ref": "ReleaseDigest"}}],
    }
    given = json.dumps({"Image": IMAGE, "Role": ROLE})
    starter = {
        "FunctionName": "starter",
        "Role": ROLE,
        "Environment": {"Variables": {"PENSTOCK_PARAMETERS": given}},
    }
    resources = {
        "Pipeline": {"Type": "AWS::SageMaker::Pipeline", "Properties": pipeline},
        "Starter": {"Type": "AWS::Lambda::Function", "Properties": starter},
        **{
            f"Group{index}": {
                "Type": "AWS::SageMaker::ModelPackageGroup",
                "Properties": {"ModelPackageGroupName": name},
            }
            for index, name in enumerate(groups)
        },
    }
    return Template("dev", DEV, REGION, {"Resources": resources})


def told(template: Template) -> list[str]:
    """Return what SageMaker asks for, without what Lambda does."""
    calls = [each for each in standing_calls([template]) if each.parameters != LAMBDA_LOG]
    return [f"{each.service}:{each.operation}" for each in calls]


LAMBDA_LOG = {"logGroupName": "/aws/lambda/starter"}
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PROCESSING = {
    "Name": "prepare",
    "Type": "Processing",
    "Arguments": {"AppSpecification": {"ImageUri": {"Get": "Parameters.Image"}}},
}
REGISTER = {
    "Name": "register",
    "Type": "RegisterModel",
    "Arguments": {
        "ModelPackageGroupName": "fraud",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {"Containers": [{"Image": {"Get": "Parameters.Image"}}]},
    },
}
LOGGED = [
    f"logs:{each}"
    for each in ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
]


def test_a_job_of_a_branch_is_made_followed_logged_and_its_image_pulled() -> None:
    branches = {"Conditions": [], "IfSteps": [PROCESSING], "ElseSteps": []}
    template = of({"Name": "either", "Type": "Condition", "Arguments": branches})
    assert told(template) == [
        "sts:AssumeRole",
        *(f"sagemaker:{verb}ProcessingJob" for verb in ("Create", "Describe", "Stop")),
        *LOGGED,
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        *PULL,
    ]
    calls = standing_calls([template])
    pulled = next(each for each in calls if each.operation == "BatchGetImage")
    assert pulled.parameters == {"registryId": TOOLING, "repositoryName": "penstock"}
    taken = next(each for each in calls if each.operation == "AssumeRole")
    assert (taken.role, taken.source) == (
        "sagemaker.amazonaws.com",
        arn("sagemaker", "pipeline/fraud-training"),
    )


def test_a_model_is_registered_where_its_group_is() -> None:
    registered = told(of(REGISTER, groups=["fraud"]))
    assert registered == [
        "sts:AssumeRole",
        "sagemaker:CreateModelPackage",
        "ecr:GetAuthorizationToken",
        *PULL,
    ]
    assert told(of(REGISTER, groups=["wine"])) == ["sts:AssumeRole"]


def test_callbacks_functions_models_and_transforms_ask_for_what_they_use() -> None:
    queue = {"Std:Join": {"On": "/", "Values": ["https://sqs.eu-west-1.amazonaws.com", DEV, "q"]}}
    steps = [
        {"Name": "ask", "Type": "Callback", "SqsQueueUrl": queue},
        {"Name": "call", "Type": "Lambda", "FunctionArn": arn("lambda", "function:work")},
        {
            "Name": "model",
            "Type": "Model",
            "Arguments": {"PrimaryContainer": {"Image": "elsewhere/image"}},
        },
        {"Name": "transform", "Type": "Transform", "Arguments": {"ModelName": "m"}},
        {"Name": "fail", "Type": "Fail", "Arguments": {}},
    ]
    assert told(of(*steps)) == [
        "sts:AssumeRole",
        "sqs:SendMessage",
        "lambda:Invoke",
        *("sagemaker:CreateModel", "sagemaker:DescribeModel"),
        *(f"sagemaker:{verb}TransformJob" for verb in ("Create", "Describe", "Stop")),
        *LOGGED,
        "cloudwatch:PutMetricData",
    ]
    sent = next(each for each in standing_calls([of(*steps)]) if each.service == "sqs")
    assert sent.parameters == {"QueueUrl": f"https://sqs.eu-west-1.amazonaws.com/{DEV}/q"}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"Name": "cluster", "Type": "EMR", "Arguments": {}},
            "dev/fraud-training: what a step of the type EMR asks for is not known. "
            "Add it to infra/policies/calls/pipelines.py.",
        ),
        (
            {
                **PROCESSING,
                "Arguments": {
                    "ProcessingResources": {"ClusterConfig": {"VolumeKmsKeyId": "alias/volumes"}}
                },
            },
            "dev/fraud-training: what a job with the keys alias/volumes asks for is not known. "
            "Add it to infra/policies/calls/pipelines.py.",
        ),
    ],
    ids=["type", "key"],
)
def test_what_is_not_known_of_a_step_is_told(step: dict[str, Any], message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        standing_calls([of(step)])
    assert [str(each) for each in refused.value.problems] == [message]

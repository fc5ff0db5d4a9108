"""Names and ARNs of resources by their CloudFormation type.

Sources: CloudFormation Template Reference ("Return values" of each type); Service Authorization
Reference ("Resource types defined by ...").
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

_ARN = "arn:{partition}:{service}:{region}:{account}:"
_GLOBAL = "arn:{partition}:{service}::{account}:"


@dataclass(frozen=True, slots=True)
class Naming:
    """How resources of a type are called. `{name}` is the physical name.

    Attributes:
        property: Where the physical name stands; empty: AWS makes it up.
        arn: Format of the ARN; empty: the type has none that policies name.
        ref: Format of what Ref gives; empty: the ARN.
        attributes: Formats of what Fn::GetAtt gives; empty: the ARN.
        defaults: Further properties that the formats name, and what stands for a missing one.
    """

    property: str
    arn: str
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=lambda: {"Arn": ""})
    defaults: Mapping[str, str] = field(default_factory=dict)


def _of(service: str, resource: str, *, is_global: bool = False) -> str:
    return (_GLOBAL if is_global else _ARN).replace("{service}", service) + resource


def _iam(name: str, kind: str, ref: str = "{name}") -> Naming:
    arn = _of("iam", f"{kind}{{Path}}{{name}}", is_global=True)
    return Naming(name, arn, ref, defaults={"Path": "/"})


_QUEUE_URL = "https://sqs.{region}.{suffix}/{account}/{name}"

NAMINGS: Mapping[str, Naming] = {
    "AWS::IAM::Role": _iam("RoleName", "role"),
    "AWS::IAM::User": _iam("UserName", "user"),
    "AWS::IAM::ManagedPolicy": Naming(
        "ManagedPolicyName",
        _of("iam", "policy{Path}{name}", is_global=True),
        ref="",
        attributes={"PolicyArn": ""},
        defaults={"Path": "/"},
    ),
    "AWS::IAM::InstanceProfile": _iam("InstanceProfileName", "instance-profile"),
    "AWS::IAM::OIDCProvider": Naming(
        "Url", _of("iam", "oidc-provider/{name}", is_global=True), ref=""
    ),
    "AWS::S3::Bucket": Naming(
        "BucketName",
        "arn:{partition}:s3:::{name}",
        attributes={
            "Arn": "",
            "DomainName": "{name}.s3.{suffix}",
            "RegionalDomainName": "{name}.s3.{region}.{suffix}",
        },
    ),
    "AWS::KMS::Key": Naming(
        "", _of("kms", "key/{name}"), attributes={"Arn": "", "KeyId": "{name}"}
    ),
    "AWS::KMS::Alias": Naming("AliasName", _of("kms", "{name}")),
    "AWS::SQS::Queue": Naming(
        "QueueName",
        _of("sqs", "{name}"),
        ref=_QUEUE_URL,
        attributes={"Arn": "", "QueueName": "{name}", "QueueUrl": _QUEUE_URL},
    ),
    "AWS::SNS::Topic": Naming(
        "TopicName",
        _of("sns", "{name}"),
        ref="",
        attributes={"TopicArn": "", "TopicName": "{name}"},
    ),
    "AWS::Lambda::Function": Naming("FunctionName", _of("lambda", "function:{name}")),
    "AWS::Events::EventBus": Naming(
        "Name", _of("events", "event-bus/{name}"), attributes={"Arn": "", "Name": "{name}"}
    ),
    "AWS::Events::Rule": Naming(
        "Name", _of("events", "rule/{EventBusName}{name}"), defaults={"EventBusName": ""}
    ),
    "AWS::Scheduler::Schedule": Naming(
        "Name", _of("scheduler", "schedule/{GroupName}/{name}"), defaults={"GroupName": "default"}
    ),
    "AWS::Scheduler::ScheduleGroup": Naming("Name", _of("scheduler", "schedule-group/{name}")),
    "AWS::SageMaker::ModelPackageGroup": Naming(
        "ModelPackageGroupName",
        _of("sagemaker", "model-package-group/{name}"),
        ref="",
        attributes={"ModelPackageGroupArn": ""},
    ),
    "AWS::SageMaker::Pipeline": Naming(
        "PipelineName", _of("sagemaker", "pipeline/{name}"), attributes={}
    ),
    "AWS::SageMaker::Model": Naming(
        "ModelName", _of("sagemaker", "model/{name}"), ref="", attributes={"ModelName": "{name}"}
    ),
    "AWS::SageMaker::EndpointConfig": Naming(
        "EndpointConfigName",
        _of("sagemaker", "endpoint-config/{name}"),
        ref="",
        attributes={"EndpointConfigName": "{name}"},
    ),
    "AWS::SageMaker::Endpoint": Naming(
        "EndpointName",
        _of("sagemaker", "endpoint/{name}"),
        ref="",
        attributes={"EndpointName": "{name}"},
    ),
    "AWS::ECR::Repository": Naming(
        "RepositoryName",
        _of("ecr", "repository/{name}"),
        attributes={"Arn": "", "RepositoryUri": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
    ),
    "AWS::DynamoDB::Table": Naming(
        "TableName",
        _of("dynamodb", "table/{name}"),
        attributes={"Arn": "", "StreamArn": _of("dynamodb", "table/{name}/stream/latest")},
    ),
    "AWS::Logs::LogGroup": Naming("LogGroupName", _of("logs", "log-group:{name}:*")),
    "AWS::SecretsManager::Secret": Naming(
        "Name", _of("secretsmanager", "secret:{name}-{digest}"), ref="", attributes={"Id": ""}
    ),
    "AWS::SSM::Parameter": Naming("Name", _of("ssm", "parameter/{name}"), attributes={}),
    "AWS::CodePipeline::Pipeline": Naming(
        "Name", _of("codepipeline", "{name}"), attributes={"Version": "1"}
    ),
    "AWS::CodeBuild::Project": Naming("Name", _of("codebuild", "project/{name}")),
    "AWS::CodeStarConnections::Connection": Naming(
        "",
        _of("codestar-connections", "connection/{name}"),
        ref="",
        attributes={"ConnectionArn": ""},
    ),
    "AWS::CodeConnections::Connection": Naming(
        "", _of("codeconnections", "connection/{name}"), ref="", attributes={"ConnectionArn": ""}
    ),
    "AWS::StepFunctions::StateMachine": Naming(
        "StateMachineName",
        _of("states", "stateMachine:{name}"),
        ref="",
        attributes={"Arn": "", "Name": "{name}"},
    ),
    "AWS::CloudWatch::Alarm": Naming("AlarmName", _of("cloudwatch", "alarm:{name}")),
    "AWS::CloudWatch::Dashboard": Naming(
        "DashboardName",
        "arn:{partition}:cloudwatch::{account}:dashboard/{name}",
        attributes={},
    ),
    "AWS::Glue::Database": Naming("", _of("glue", "database/{name}"), attributes={}),
    **{
        f"AWS::EC2::{kind}": Naming("", _of("ec2", f"{path}/{{name}}"), attributes=attributes)
        for kind, path, attributes in (
            ("VPC", "vpc", {"VpcId": "{name}"}),
            ("Subnet", "subnet", {"SubnetId": "{name}"}),
            ("SecurityGroup", "security-group", {"GroupId": "{name}"}),
            ("VPCEndpoint", "vpc-endpoint", {"Id": "{name}"}),
            ("RouteTable", "route-table", {"RouteTableId": "{name}"}),
        )
    },
}


def invented_name(
    resource_type: str, stack: str, logical_id: str, account: str, region: str
) -> str:
    """Return a name for a resource that has none in its template: always the same, never twice."""
    identity = "/".join((account, region, stack, logical_id))
    digest = hashlib.sha256(identity.encode()).hexdigest()
    service = resource_type.split("::")[1]
    if resource_type == "AWS::KMS::Key" or resource_type.endswith("Connection"):
        return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    if service == "EC2":
        return f"{resource_type.split('::')[2].lower()}-{digest[:17]}"
    name = f"{stack}-{logical_id}-{digest[:8]}"
    return name.lower() if service in ("S3", "ECR") else name

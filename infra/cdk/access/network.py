"""What the network of an environment changes of its rights: jobs start in it or not at all."""

from __future__ import annotations

from infra.cdk.naming import Names
from infra.cdk.statements import Conditions, Statement, allow

SUBNETS, GROUPS = "sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds"
MODEL = "sagemaker:ModelArn"

INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
"""Of the role of a job in a VPC (SageMaker Developer Guide, "SageMaker Roles").

The guide also says that conditions or resources here make the validation of a job fail.
"""


def job_rights(names: Names) -> list[Statement]:
    """Return the statements by which the jobs' role starts jobs and makes models.

    A transform job says no network of its own: it is that of its model, so it takes ours alone.
    """
    models = [names.arn("sagemaker", "model/pipelines-*")]
    jobs = [
        names.arn("sagemaker", f"{each}-job/pipelines-*") for each in ("processing", "training")
    ]
    return [
        allow(
            "Jobs",
            ["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"],
            jobs,
            _inside(names),
        ),
        allow(
            "TransformJobs",
            ["sagemaker:CreateTransformJob"],
            [names.arn("sagemaker", "transform-job/pipelines-*")],
            {"ArnLike": {MODEL: models}},
        ),
        allow("Models", ["sagemaker:CreateModel"], models, _inside(names)),
        allow("SeeModels", ["sagemaker:DescribeModel"], models),
        allow("NetworkInterfaces", INTERFACES, ["*"]),
    ]


def _inside(names: Names) -> Conditions:
    """Return the conditions that a job names subnets and groups, and none but these."""
    environment = names.environment
    return {
        "ForAllValues:StringEquals": {
            SUBNETS: sorted(environment.subnets),
            GROUPS: sorted(environment.security_groups),
        },
        # Without values, ForAllValues holds.
        "Null": {SUBNETS: "false", GROUPS: "false"},
    }

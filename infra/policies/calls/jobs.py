"""What calls ask for that make jobs and models, log what they do and load their images.

Sources: Service Authorization Reference, "Amazon SageMaker", "Amazon CloudWatch", "Amazon Elastic
Container Registry"; IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question

_KIND = re.compile(r"(Processing|Training|Transform)Job$")
_ROLES = ("RoleArn", "ExecutionRoleArn")


def of_job(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a job, or makes one: the job, the role that it is handed, its tags."""
    found = _KIND.search(call.operation)
    assert found is not None  # noqa: S101  # registered for these alone
    kind = found[1]
    name = call[f"{kind}JobName"]
    yield from _made(call, call.arn("sagemaker", f"{kind.lower()}-job/{name}"))


def of_model(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a model, or makes one."""
    yield from _made(call, call.arn("sagemaker", f"model/{call['ModelName']}"))


def of_metrics(call: Call, _: Keys) -> Iterator[Question]:
    """PutMetricData: metrics are no resources; their namespace is told."""
    given = {"cloudwatch:namespace": str(call["Namespace"])}
    yield Question("cloudwatch:PutMetricData", "*", given)


def login(_: Call, __: Keys) -> Iterator[Question]:
    """GetAuthorizationToken: of no repository."""
    yield Question("ecr:GetAuthorizationToken", "*")


def of_repository(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a repository, perhaps of another account."""
    partition, region, own = (call.arn("ecr", "").split(":")[index] for index in (1, 3, 4))
    account, name = call.parameters.get("registryId", own), call["repositoryName"]
    yield Question(
        f"ecr:{call.operation}", f"arn:{partition}:ecr:{region}:{account}:repository/{name}"
    )


def _made(call: Call, arn: str) -> Iterator[Question]:
    yield Question(f"sagemaker:{call.operation}", arn, _told(call.parameters))
    if call.parameters.get("Tags"):
        yield Question("sagemaker:AddTags", arn)
    for role in (call.parameters[each] for each in _ROLES if each in call.parameters):
        yield Question("iam:PassRole", role, {"iam:PassedToService": "sagemaker.amazonaws.com"})


def _told(given: Mapping[str, Any]) -> Mapping[str, str | tuple[str, ...]]:
    """Return the condition keys that tell what a job runs on."""
    resources = given.get("ResourceConfig") or given.get("TransformResources") or {}
    resources = resources or given.get("ProcessingResources", {}).get("ClusterConfig", {})
    network = given.get("VpcConfig") or given.get("NetworkConfig", {}).get("VpcConfig", {})
    told: dict[str, str | tuple[str, ...]] = {}
    if "InstanceType" in resources:
        told["sagemaker:InstanceTypes"] = (str(resources["InstanceType"]),)
    if "VolumeKmsKeyId" in resources:
        told["sagemaker:VolumeKmsKey"] = str(resources["VolumeKmsKeyId"])
    for member, key in (
        ("Subnets", "sagemaker:VpcSubnets"),
        ("SecurityGroupIds", "sagemaker:VpcSecurityGroupIds"),
    ):
        if member in network:
            told[key] = tuple(network[member])
    return told

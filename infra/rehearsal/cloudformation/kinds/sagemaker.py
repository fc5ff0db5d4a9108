"""SageMaker's pipelines and groups of model packages."""

from __future__ import annotations

import json
from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made
from infra.rehearsal.cloudformation.shaping import shaped


class Pipeline(Made):
    """A pipeline; its body is kept as the template has it, byte for byte."""

    TYPE, NAME, SERVICE = "AWS::SageMaker::Pipeline", "PipelineName", "sagemaker"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        given = {**_with_body(properties), "PipelineName": name, "ClientRequestToken": name * 32}
        given["ClientRequestToken"] = given["ClientRequestToken"][:128]
        client.create_pipeline(**shaped(client, "CreatePipeline", given))
        return cls(name, {})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Update it, with its tags."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        given = {**_with_body(properties), "PipelineName": name}
        tags = given.pop("Tags", [])
        arn = client.update_pipeline(**shaped(client, "UpdatePipeline", given))["PipelineArn"]
        there = {each["Key"] for each in client.list_tags(ResourceArn=arn)["Tags"]}
        gone = there - {each["Key"] for each in tags}
        if gone:
            client.delete_tags(ResourceArn=arn, TagKeys=sorted(gone))
        if tags:
            client.add_tags(ResourceArn=arn, Tags=tags)
        return cls(name, {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        del properties
        client.delete_pipeline(PipelineName=reference, ClientRequestToken="deleted-by-a-stack" * 2)


class ModelPackageGroup(Made):
    """A group of model packages with its policy."""

    TYPE, NAME = "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName"
    SERVICE = "sagemaker"
    ATTRIBUTES = ("ModelPackageGroupArn", "ModelPackageGroupStatus")

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        given = {**properties, "ModelPackageGroupName": name}
        policy = given.pop("ModelPackageGroupPolicy", None)
        request = shaped(client, "CreateModelPackageGroup", given)
        arn = client.create_model_package_group(**request)["ModelPackageGroupArn"]
        _put_policy(client, name, policy)
        return cls(arn, {"ModelPackageGroupArn": arn, "ModelPackageGroupStatus": "Completed"})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Replace its policy; nothing else of it can change."""
        del name
        group = str(properties["ModelPackageGroupName"])
        _put_policy(client, group, properties.get("ModelPackageGroupPolicy"))
        return old

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        del properties
        client.delete_model_package_group(ModelPackageGroupName=reference.rpartition("/")[2])


def _put_policy(client: Any, group: str, policy: Any) -> None:
    if policy:
        text = policy if isinstance(policy, str) else json.dumps(policy)
        client.put_model_package_group_policy(ModelPackageGroupName=group, ResourcePolicy=text)


def _with_body(properties: dict[str, Any]) -> dict[str, Any]:
    given = dict(properties)
    definition = given.pop("PipelineDefinition")
    if "PipelineDefinitionBody" in definition:
        return {**given, "PipelineDefinition": definition["PipelineDefinitionBody"]}
    place = dict(definition["PipelineDefinitionS3Location"])
    there = {"Bucket": place["Bucket"], "ObjectKey": place["Key"]}
    if place.get("Version"):
        there["VersionId"] = place["Version"]
    return {**given, "PipelineDefinitionS3Location": there}

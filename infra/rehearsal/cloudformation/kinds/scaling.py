"""Application Auto Scaling's targets and policies."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made
from infra.rehearsal.cloudformation.shaping import shaped

_PLACE = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class ScalableTarget(Made):
    """What may be scaled, and how far."""

    TYPE = "AWS::ApplicationAutoScaling::ScalableTarget"
    SERVICE = "application-autoscaling"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Register it."""
        del name
        client.register_scalable_target(**shaped(client, "RegisterScalableTarget", properties))
        place = [str(properties[each]) for each in _PLACE]
        return cls("|".join([place[1], place[2], place[0]]), {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Deregister it."""
        del properties
        resource, dimension, namespace = reference.split("|")
        client.deregister_scalable_target(
            ServiceNamespace=namespace, ResourceId=resource, ScalableDimension=dimension
        )


class ScalingPolicy(Made):
    """When it is scaled."""

    TYPE, NAME = "AWS::ApplicationAutoScaling::ScalingPolicy", "PolicyName"
    SERVICE = "application-autoscaling"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it."""
        given = {**properties, "PolicyName": name}
        target = given.pop("ScalingTargetId", None)
        if target:
            resource, dimension, namespace = str(target).split("|")
            given |= dict(zip(_PLACE, (namespace, resource, dimension), strict=True))
        names = {
            "TargetTrackingScalingPolicyConfiguration",
            "StepScalingPolicyConfiguration",
        }
        plain = {key: value for key, value in given.items() if key not in names}
        for each in names & given.keys():
            plain[each] = given[each]
        answer = client.put_scaling_policy(**shaped(client, "PutScalingPolicy", plain))
        return cls(answer["PolicyARN"], {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it; the name ends its ARN."""
        found = client.describe_scaling_policies(ServiceNamespace=_namespace(reference))
        del properties
        for each in found["ScalingPolicies"]:
            if each["PolicyARN"] == reference:
                client.delete_scaling_policy(
                    PolicyName=each["PolicyName"], **{key: each[key] for key in _PLACE}
                )


def _namespace(arn: str) -> str:
    return arn.partition(":resource/")[2].partition("/")[0]

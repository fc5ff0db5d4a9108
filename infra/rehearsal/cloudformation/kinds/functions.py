"""Lambda's functions with all of their properties, and what calls them."""

from __future__ import annotations

from typing import Any, Self

from moto.awslambda import models
from moto.sqs.models import sqs_backends

from infra.rehearsal.cloudformation.made import Made
from infra.rehearsal.cloudformation.shaping import shaped

DECLARED = "declared_in_a_template"
"""Attribute of moto's functions and mappings: the properties, of which moto keeps some."""


class Function(models.LambdaFunction):
    """Moto's function; what moto does not keep of the template is kept as well."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], *place: str, **further: Any
    ) -> models.LambdaFunction:
        """Create it."""
        made = models.LambdaFunction.create_from_cloudformation_json(
            resource_name, cloudformation_json, *place, **further
        )
        setattr(made, DECLARED, cloudformation_json["Properties"])
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: models.LambdaFunction,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> models.LambdaFunction:
        """Update its configuration and its code."""
        properties = cloudformation_json["Properties"]
        # Moto would look for layers that others publish.
        known = {key: value for key, value in properties.items() if key != "Layers"}
        changed = models.LambdaFunction.update_from_cloudformation_json(
            original_resource, new_resource_name, {"Properties": known}, account_id, region_name
        )
        changed.environment_vars = properties.get("Environment", {}).get("Variables", {})
        setattr(changed, DECLARED, properties)
        return changed


class EventSourceMapping(models.EventSourceMapping):
    """Moto's mapping, which moto must not serve: it would start a container."""

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], *place: str, **further: Any
    ) -> models.EventSourceMapping:
        """Create it."""
        made = models.EventSourceMapping.create_from_cloudformation_json(
            resource_name, cloudformation_json, *place, **further
        )
        _leave_to_the_rehearsal(made)
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> models.EventSourceMapping:
        """Update it."""
        changed = models.EventSourceMapping.update_from_cloudformation_json(
            original_resource, new_resource_name, cloudformation_json, account_id, region_name
        )
        _leave_to_the_rehearsal(changed)
        return changed


def _leave_to_the_rehearsal(mapping: models.EventSourceMapping) -> None:
    _, _, _, region, account, queue = mapping.event_source_arn.split(":")
    sqs_backends[account][region].queues[queue].lambda_event_source_mappings.clear()


class EventInvokeConfig(Made):
    """How often an asynchronous call is tried, and where it goes when it fails."""

    TYPE, SERVICE = "AWS::Lambda::EventInvokeConfig", "lambda"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it."""
        del name
        given = {key: value for key, value in properties.items() if key != "Qualifier"}
        client.put_function_event_invoke_config(**given)
        return cls(f"{properties['FunctionName']}|$LATEST", {})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put the new one over it."""
        del old
        return cls.make(client, name, properties)

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        del properties
        client.delete_function_event_invoke_config(FunctionName=reference.partition("|")[0])


class Permission(Made):
    """Who may call a function."""

    TYPE, SERVICE = "AWS::Lambda::Permission", "lambda"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Add it to the function's policy."""
        client.add_permission(
            **shaped(client, "AddPermission", {**properties, "StatementId": name})
        )
        return cls(name, {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Take it away."""
        client.remove_permission(FunctionName=properties["FunctionName"], StatementId=reference)

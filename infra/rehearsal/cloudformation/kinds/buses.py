"""EventBridge's own buses; moto's have no id that a template could refer to."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made


class EventBus(Made):
    """A bus."""

    TYPE, NAME, SERVICE = "AWS::Events::EventBus", "Name", "events"
    ATTRIBUTES = ("Arn", "Name")

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        tags = {"Tags": properties["Tags"]} if properties.get("Tags") else {}
        arn = client.create_event_bus(Name=name, **tags)["EventBusArn"]
        return cls(name, {"Arn": arn, "Name": name})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Keep it: nothing that is played here can change."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        return old

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        del properties
        client.delete_event_bus(Name=reference)

"""EventBridge Scheduler's schedules and groups of them."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made
from infra.rehearsal.cloudformation.shaping import shaped


class ScheduleGroup(Made):
    """A group."""

    TYPE, NAME, SERVICE = "AWS::Scheduler::ScheduleGroup", "Name", "scheduler"
    ATTRIBUTES = ("Arn",)

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        given = {**properties, "Name": name}
        answer = client.create_schedule_group(**shaped(client, "CreateScheduleGroup", given))
        return cls(name, {"Arn": answer["ScheduleGroupArn"]})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Keep it: its tags alone can change."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        return old

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it with its schedules."""
        del properties
        client.delete_schedule_group(Name=reference)


class Schedule(Made):
    """A schedule."""

    TYPE, NAME, SERVICE = "AWS::Scheduler::Schedule", "Name", "scheduler"
    ATTRIBUTES = ("Arn",)

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Create it."""
        given = {**properties, "Name": name}
        answer = client.create_schedule(**shaped(client, "CreateSchedule", given))
        return cls(name, {"Arn": answer["ScheduleArn"]})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Update it."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        given = {**properties, "Name": name}
        answer = client.update_schedule(**shaped(client, "UpdateSchedule", given))
        return cls(name, {"Arn": answer["ScheduleArn"]})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        group = {"GroupName": properties["GroupName"]} if "GroupName" in properties else {}
        client.delete_schedule(Name=reference, **group)

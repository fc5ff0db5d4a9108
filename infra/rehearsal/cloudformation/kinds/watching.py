"""CloudWatch's alarms and the metrics that logs give."""

from __future__ import annotations

from typing import Any, Self

from infra.rehearsal.cloudformation.made import Made
from infra.rehearsal.cloudformation.shaping import shaped


class Alarm(Made):
    """An alarm of a metric."""

    TYPE, NAME, SERVICE = "AWS::CloudWatch::Alarm", "AlarmName", "cloudwatch"
    ATTRIBUTES = ("Arn",)
    OPERATION = "PutMetricAlarm"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it."""
        request = shaped(client, cls.OPERATION, {**properties, "AlarmName": name})
        if cls.OPERATION == "PutMetricAlarm":
            client.put_metric_alarm(**request)
        else:
            client.put_composite_alarm(**request)
        found: dict[str, list[Any]] = client.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return cls(name, {"Arn": alarm["AlarmArn"]})

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Put the new one over it."""
        if name != old.reference:
            return super().change(client, old, name, properties)
        return cls.make(client, name, properties)

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        del properties
        client.delete_alarms(AlarmNames=[reference])


class CompositeAlarm(Alarm):
    """An alarm of other alarms."""

    TYPE, NAME, SERVICE = "AWS::CloudWatch::CompositeAlarm", "AlarmName", "cloudwatch"
    OPERATION = "PutCompositeAlarm"


class MetricFilter(Made):
    """A metric that lines of a log give."""

    TYPE, NAME, SERVICE = "AWS::Logs::MetricFilter", "FilterName", "logs"

    @classmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Put it."""
        client.put_metric_filter(
            **shaped(client, "PutMetricFilter", {**properties, "FilterName": name})
        )
        return cls(name, {})

    @classmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Delete it."""
        client.delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=reference)

"""Alarms of a stack and the topic that they are told to."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


class Alarms:
    """Makes alarms in one stack.

    Args:
        topic: ARN that they are told to.
    """

    def __init__(self, scope: Construct, topic: str) -> None:
        self._scope, self._topic = scope, topic

    def make(
        self,
        title: str,
        name: str,
        description: str,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, str],
        *,
        threshold: float = 1,
        statistic: str = "Sum",
        minutes: int = 5,
    ) -> None:
        """Make an alarm that a metric has reached a threshold; no data are no alarm."""
        cloudwatch.CfnAlarm(
            self._scope,
            f"{title}Alarm",
            alarm_name=name,
            alarm_description=description,
            namespace=namespace,
            metric_name=metric,
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name=key, value=value)
                for key, value in sorted(dimensions.items())
            ],
            statistic=statistic,
            period=minutes * 60,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic],
        )

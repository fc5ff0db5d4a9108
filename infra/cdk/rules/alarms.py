"""Whatever can fail unseen has an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cdk.rules.finding import Finding, Template
from penstock.schedules.naming import group_name

_RULE = "FailuresAreTold"
_WATCHED = {
    "AWS::SQS::Queue": ("QueueName", "QueueName"),
    "AWS::Lambda::Function": ("FunctionName", "FunctionName"),
    "AWS::CodePipeline::Pipeline": ("PipelineName", "Name"),
    "AWS::SageMaker::Pipeline": ("PipelineName", "PipelineName"),
    "AWS::Scheduler::ScheduleGroup": ("ScheduleGroup", "Name"),
}
"""By type: the dimension of its metrics and the property that holds its name.

Schedules have metrics by their group alone, which is in the account's stack `workload`.
"""


def failures_are_told(template: Template) -> Iterator[Finding]:
    """Yield what has no alarm, and alarms that tell nobody."""
    watched = set()
    for title, properties in template.of_type("AWS::CloudWatch::Alarm"):
        if not properties.get("AlarmActions"):
            yield Finding(_RULE, title, "the alarm tells nobody.", "Give it the topic.")
        watched |= {(each["Name"], each["Value"]) for each in properties.get("Dimensions", [])}
    for kind, (dimension, named) in _WATCHED.items():
        for title, properties in template.of_type(kind):
            name = properties.get(named)
            if (dimension, name) not in watched:
                yield Finding(_RULE, title, f"no alarm watches {name}.", "Add one.")
    watched_group = group_name(template.environment)
    for title, properties in template.of_type("AWS::Scheduler::Schedule"):
        group = properties.get("GroupName", "default")
        if group != watched_group:
            what = f"no alarm watches the starts of {properties.get('Name')} in the group {group}."
            yield Finding(_RULE, title, what, f"Put it into the group {watched_group}.")
        if not properties.get("Target", {}).get("DeadLetterConfig"):
            what = "starts that fail are dropped."
            yield Finding(_RULE, title, what, "Give it a queue for dead letters.")

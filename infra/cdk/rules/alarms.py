"""Whatever can fail unseen has an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cdk.rules.finding import Finding, Template

_RULE = "FailuresAreTold"
_WATCHED = {
    "AWS::SQS::Queue": ("QueueName", "QueueName"),
    "AWS::Lambda::Function": ("FunctionName", "FunctionName"),
    "AWS::CodePipeline::Pipeline": ("PipelineName", "Name"),
    "AWS::SageMaker::Pipeline": ("PipelineName", "PipelineName"),
}
"""By type: the dimension of its metrics and the property that holds its name."""


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
    for title, properties in template.of_type("AWS::Scheduler::Schedule"):
        on = properties.get("State") != "DISABLED"
        if on and not any(dimension == "ScheduleGroup" for dimension, _ in watched):
            what = f"no alarm watches the starts of {properties.get('Name')}."
            yield Finding(_RULE, title, what, "Add one on its group.")
        if not properties.get("Target", {}).get("DeadLetterConfig"):
            what = "starts that fail are dropped."
            yield Finding(_RULE, title, what, "Give it a queue for dead letters.")

"""When the pipelines of a use case start: schedules, and rules after other pipelines."""

from __future__ import annotations

import json

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.cdk.inputs import Pipeline, Start
from infra.cdk.naming import STATUS_CHANGE, Names, title_of
from penstock.schedules.naming import Label, group_name, schedule_name

_RETRY_SECONDS, _RETRIES = 3600, 5
UNSTARTED = "schedules"
"""Of the queue for starts that failed, in the stack `workload`."""


class Starting:
    """Makes what starts pipelines; it starts some where the environment's schedules are on.

    Args:
        scope: The stack.
        names: Of the environment.
    """

    def __init__(self, scope: Construct, names: Names) -> None:
        self._scope, self._names = scope, names
        environment = names.environment
        self._enabled = environment.kind == "prod" and environment.schedule.enabled

    def make(self, pipeline: Pipeline, start: Start) -> None:
        """Make a schedule, or the rule that starts a pipeline after another."""
        if start.expression:
            self._schedule(pipeline, start)
        elif self._enabled:
            self._chain(pipeline, start)

    def _schedule(self, pipeline: Pipeline, start: Start) -> None:
        names = self._names
        scheduled = {
            "pipeline": names.pipeline(pipeline.name),
            "use_case": pipeline.use_case,
            "kind": pipeline.kind,
            "scheduled": "<aws.scheduler.scheduled-time>",
        }
        dead = names.queue(f"{UNSTARTED}-dead")
        scheduler.CfnSchedule(
            self._scope,
            f"{title_of(pipeline.name)}Schedule",
            name=schedule_name(names.pipeline(pipeline.name)),
            group_name=group_name(names.environment.name),
            description=str(Label(pipeline.use_case, pipeline.kind)),
            schedule_expression=start.expression,
            schedule_expression_timezone=start.time_zone,
            state="ENABLED" if self._enabled else "DISABLED",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=names.function("starter"),
                role_arn=names.role("scheduler"),
                input=json.dumps(scheduled, sort_keys=True),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_RETRY_SECONDS, maximum_retry_attempts=_RETRIES
                ),
            ),
        )

    def _chain(self, pipeline: Pipeline, start: Start) -> None:
        names = self._names
        before = [names.sagemaker_pipeline(each) for each in start.after]
        rule = events.CfnRule(
            self._scope,
            f"{title_of(pipeline.name)}After",
            name=names.of(f"after-{pipeline.name}"),
            description=f"{pipeline.name} starts when {', '.join(start.after)} has succeeded.",
            event_pattern={
                "source": ["aws.sagemaker"],
                "detail-type": [STATUS_CHANGE],
                "detail": {
                    "pipelineArn": before,
                    "currentPipelineExecutionStatus": ["Succeeded"],
                },
            },
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id="starter",
                    arn=names.function("starter"),
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={"after": "$.detail.pipelineExecutionArn"},
                        input_template=json.dumps(
                            {
                                "pipeline": names.pipeline(pipeline.name),
                                "use_case": pipeline.use_case,
                                "kind": pipeline.kind,
                                "after": "<after>",
                            },
                            sort_keys=True,
                        ).replace('"<after>"', "<after>"),
                    ),
                )
            ],
        )
        functions.CfnPermission(
            self._scope,
            f"{title_of(pipeline.name)}AfterPermission",
            action="lambda:InvokeFunction",
            function_name=names.function("starter"),
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=names.account,
        )

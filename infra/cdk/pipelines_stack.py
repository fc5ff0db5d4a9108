"""The pipelines of a release in one account, when they start, and what says that they failed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.cdk.inputs import Inputs, Pipeline, Start
from infra.cdk.naming import STATUS_CHANGE, Names
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.queue import make_dead_letters
from penstock.schedules.naming import Label, group_name, schedule_name

_RETRY_SECONDS, _RETRIES = 3600, 5
RELEASE = "ReleaseDigest"


class PipelinesStack(cdk.Stack):
    """Pipelines, registries' groups, schedules and a dashboard."""

    def __init__(
        self, scope: Construct, title: str, inputs: Inputs, names: Names, **stack: Any
    ) -> None:
        super().__init__(scope, title, **stack)
        self._inputs, self._names = inputs, names
        self._alarms = Alarms(self, names.topic)
        self._release = cdk.CfnParameter(
            self,
            RELEASE,
            type="String",
            allowed_pattern="^[0-9a-f]{64}$",
            description="SHA-256 of the release that the definitions come from.",
        )
        for pipeline in inputs.pipelines:
            self._pipeline(pipeline)
        if names.environment.kind in ("dev", "prod") and not names.shared:
            for group in inputs.groups():
                self._group(group)
        if inputs.pipelines:
            self._schedules()
            self._dashboard()

    def _pipeline(self, pipeline: Pipeline) -> None:
        names = self._names
        name = names.pipeline(pipeline.name)
        sagemaker.CfnPipeline(
            self,
            _title(pipeline.name),
            pipeline_name=name,
            # As text: the bytes are those of the release, and so is their digest.
            pipeline_definition={"PipelineDefinitionBody": pipeline.body},
            role_arn=names.environment.role,
            parallelism_configuration={
                "MaxParallelExecutionSteps": names.environment.limits.parallel_steps
            },
            tags=[
                cdk.CfnTag(key="penstock:release", value=self._release.value_as_string),
                cdk.CfnTag(key="penstock:body", value=_sha256(pipeline.body)),
                cdk.CfnTag(key="penstock:commit", value=self._inputs.commit),
                cdk.CfnTag(key="penstock:managed-by", value="cdk"),
            ],
        )
        self._alarms.make(
            f"{_title(pipeline.name)}Fails",
            names.of(f"{pipeline.name}-fails"),
            f"An execution of {name} has failed: pipeline status {name} "
            f"--env {names.environment.name}",
            "AWS/Sagemaker/ModelBuildingPipeline",
            "ExecutionFailed",
            {"PipelineName": name},
        )

    def _group(self, group: str) -> None:
        sagemaker.CfnModelPackageGroup(
            self,
            f"{_title(group)}Group",
            model_package_group_name=group,
            model_package_group_description=f"Candidates of {group}; none of them decides.",
            model_package_group_policy=self._seen_by_registrar(group),
        ).apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    def _seen_by_registrar(self, group: str) -> dict[str, Any] | None:
        from infra.cdk.statements import allow, document

        if self._names.environment.kind != "dev":
            return None
        versions = [self._names.arn("sagemaker", f"model-package/{group}/*")]
        registrar = [self._inputs.tooling.role("registrar")]
        return document(
            allow("Register", ["sagemaker:DescribeModelPackage"], versions, AWS=registrar)
        )

    def _schedules(self) -> None:
        names = self._names
        enabled = names.environment.kind == "prod" and names.environment.schedule.enabled
        dead = make_dead_letters(
            self,
            "Schedules",
            names,
            "schedules",
            key=f"alias/{names.of('messages')}",
            senders=[],
            alarms=self._alarms,
        )
        group = scheduler.CfnScheduleGroup(
            self, "ScheduleGroup", name=group_name(names.environment.name)
        )
        by_name = {each.name: each for each in self._inputs.pipelines}
        for use_case in self._inputs.use_cases.values():
            for kind, start in use_case.starts.items():
                pipeline = by_name.get(f"{use_case.group}-{kind}")
                if pipeline is None:
                    continue
                if start.expression:
                    self._schedule(pipeline, start, group.ref, dead.attr_arn, enabled=enabled)
                elif enabled:
                    self._chain(pipeline, start)

    def _schedule(
        self, pipeline: Pipeline, start: Start, group: str, dead: str, *, enabled: bool
    ) -> None:
        names = self._names
        scheduled = {
            "pipeline": names.pipeline(pipeline.name),
            "use_case": pipeline.use_case,
            "kind": pipeline.kind,
            "scheduled": "<aws.scheduler.scheduled-time>",
            "schedule": "<aws.scheduler.schedule-arn>",
        }
        name = schedule_name(names.pipeline(pipeline.name))
        scheduler.CfnSchedule(
            self,
            f"{_title(pipeline.name)}Schedule",
            name=name,
            group_name=group,
            description=str(Label(pipeline.use_case, pipeline.kind)),
            schedule_expression=start.expression,
            schedule_expression_timezone=start.time_zone,
            state="ENABLED" if enabled else "DISABLED",
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
        if enabled:
            self._alarms.make(
                f"{_title(pipeline.name)}NotStarted",
                names.of(f"{pipeline.name}-not-started"),
                f"EventBridge Scheduler could not start {names.pipeline(pipeline.name)}.",
                "AWS/Scheduler",
                "TargetErrorCount",
                {"ScheduleGroup": group_name(names.environment.name)},
            )

    def _chain(self, pipeline: Pipeline, start: Start) -> None:
        names = self._names
        before = [names.sagemaker_pipeline(each) for each in start.after]
        rule = events.CfnRule(
            self,
            f"{_title(pipeline.name)}After",
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
            self,
            f"{_title(pipeline.name)}AfterPermission",
            action="lambda:InvokeFunction",
            function_name=names.function("starter"),
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=names.account,
        )

    def _dashboard(self) -> None:
        names = self._names
        widgets = []
        for index, pipeline in enumerate(self._inputs.pipelines):
            name = names.pipeline(pipeline.name)
            metric = "AWS/Sagemaker/ModelBuildingPipeline"
            widgets.append(
                {
                    "type": "metric",
                    "x": index % 2 * 12,
                    "y": index // 2 * 6,
                    "width": 12,
                    "height": 6,
                    "properties": {
                        "title": name,
                        "region": names.region,
                        "stat": "Sum",
                        "period": 86400,
                        "metrics": [
                            [metric, "ExecutionSucceeded", "PipelineName", name],
                            [metric, "ExecutionFailed", "PipelineName", name],
                        ],
                    },
                }
            )
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=names.of("pipelines"),
            dashboard_body=json.dumps({"widgets": widgets}, sort_keys=True),
        )


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

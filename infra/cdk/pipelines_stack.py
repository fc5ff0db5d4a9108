"""The pipelines of one use case in one account, when they start, and what tells of failures."""

from __future__ import annotations

import hashlib
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker

from infra.cdk.inputs import Inputs, Pipeline, UseCaseFacts
from infra.cdk.naming import Names, title_of
from infra.cdk.parts.alarm import Alarms
from infra.cdk.starting import Starting
from infra.cdk.statements import allow, document
from infra.cdk.telling import tell_endings

RELEASE = "ReleaseDigest"


class PipelinesStack(cdk.Stack):
    """Pipelines, the registry's group, schedules and rules of a use case, and nobody else's.

    What use cases share in an account, such as the functions and the group of schedules, is in the
    stack `workload`.
    """

    def __init__(
        self,
        scope: cdk.Stage,
        title: str,
        inputs: Inputs,
        names: Names,
        *,
        use_case: UseCaseFacts,
        **stack: Any,
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
        pipelines = inputs.pipelines_of(use_case.name)
        for pipeline in pipelines:
            self._pipeline(pipeline)
        if names.environment.kind in ("dev", "prod") and not names.shared:
            self._group(use_case.group)
        starting = Starting(self, names)
        for pipeline in pipelines:
            start = use_case.starts.get(pipeline.kind)
            if start is not None:
                starting.make(pipeline, start)
        tell_endings(self, names, use_case.group, pipelines)

    def _pipeline(self, pipeline: Pipeline) -> None:
        names = self._names
        name = names.pipeline(pipeline.name)
        sagemaker.CfnPipeline(
            self,
            title_of(pipeline.name),
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
            f"{title_of(pipeline.name)}Fails",
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
            f"{title_of(group)}Group",
            model_package_group_name=group,
            model_package_group_description=f"Candidates of {group}; none of them decides.",
            model_package_group_policy=self._seen_by_registrar(group),
        ).apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    def _seen_by_registrar(self, group: str) -> dict[str, Any] | None:
        if self._names.environment.kind != "dev":
            return None
        versions = [self._names.arn("sagemaker", f"model-package/{group}/*")]
        registrar = [self._inputs.tooling.role("registrar")]
        return document(
            allow("Register", ["sagemaker:DescribeModelPackage"], versions, AWS=registrar)
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Deliveries: from a release to a model in the central registry, and from pre-prod to prod.

Each use case has its own two, so that nobody waits at the gate of somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

from infra.cdk.artifacts_stack import make_artifacts
from infra.cdk.delivery_actions import Stage, ask, deploy, invoke, take_up, verify
from infra.cdk.delivery_functions import make_delivery_functions
from infra.cdk.inputs import Inputs, UseCaseFacts
from infra.cdk.naming import (
    Names,
    delivery_of,
    title_of,
    to_prod_of,
)
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.function import Functions
from infra.cdk.parts.queue import make_dead_letters
from infra.cdk.passed_trials import start_after_trials

_PIPELINE = codepipeline.CfnPipeline


class DeliveryStack(cdk.Stack):
    """Both CodePipelines of each use case, the functions in them, the recorder of rejections."""

    def __init__(
        self,
        scope: Construct,
        title: str,
        inputs: Inputs,
        names: Names,
        *,
        code: str,
        **stack: Any,
    ) -> None:
        super().__init__(scope, title, **stack)
        self._inputs, self._names = inputs, names
        self._alarms = Alarms(self, names.topic)
        self._key, self._artifacts = make_artifacts(
            self, inputs, names, names.of(f"access-logs-{names.account}")
        )
        messages = f"alias/{names.of('messages')}"
        dead = make_dead_letters(
            self,
            "Functions",
            names,
            "functions",
            key=messages,
            senders=[],
            alarms=self._alarms,
        )
        make = Functions(
            self,
            names,
            code=code,
            log_key=self._key.attr_arn,
            alarms=self._alarms,
            dead=dead.attr_arn,
        )
        make_delivery_functions(self, inputs, names, make)
        for use_case in inputs.use_cases.values():
            self._delivery(use_case)
            if inputs.workloads("prod"):
                self._to_prod(use_case)
                start_after_trials(self, inputs, names, use_case.group)

    def _delivery(self, use_case: UseCaseFacts) -> None:
        inputs = self._inputs
        stages = [take_up(self._names), verify(self._names, {})]
        if inputs.workloads("dev"):
            training = invoke(
                "Train",
                self._names.of("training"),
                {
                    "use_case": use_case.name,
                    "delivery": "#{codepipeline.PipelineExecutionId}",
                },
                order=2,
                namespace="Training",
            )
            stages.append(deploy("Dev", inputs.workloads("dev"), use_case.group, training))
        stages.append(
            ask(
                self._names,
                "Register #{Training.package} of release #{Checked.release} centrally? "
                "Trained by #{Training.author}. Evidence: #{Training.evidence} "
                "Metrics: #{Training.metrics}",
            )
        )
        if inputs.workloads("pre-prod"):
            stages.append(deploy("PreProd", inputs.workloads("pre-prod"), use_case.group))
        if inputs.workloads("dev"):
            registered = {
                "use_case": use_case.name,
                "package": "#{Training.package}",
                "execution": "#{Training.execution}",
                "author": "#{Training.author}",
                "delivery": "#{codepipeline.PipelineExecutionId}",
            }
            action = invoke("Register", self._names.of("registrar"), registered, order=1)
            stages.append(Stage(name="Register", actions=[action]))
        group = use_case.group
        role = self._names.role(f"delivery-{group}")
        self._pipeline(f"{title_of(group)}Delivery", delivery_of(group), role, stages, {})

    def _to_prod(self, use_case: UseCaseFacts) -> None:
        group = use_case.group
        opened = {
            "group": group,
            "package": "#{variables.package}",
            "approved_at": "#{variables.approved_at}",
            "delivery": "#{codepipeline.PipelineExecutionId}",
        }
        opener = invoke("Open", self._names.of("opener"), opened, order=2)
        stages = [
            take_up(self._names),
            verify(self._names, {"group": group, "package": "#{variables.package}"}),
            ask(
                self._names,
                "Let #{variables.package} of release #{Checked.release} decide in prod? "
                "Pre-prod has passed it.",
            ),
            deploy("Prod", self._inputs.workloads("prod"), group, opener),
        ]
        self._pipeline(
            f"{title_of(group)}ToProd",
            to_prod_of(group),
            self._names.role(f"to-prod-{group}"),
            stages,
            {
                "package": ("none", "ARN of the approved model package."),
                "approved_at": ("none", "When it was approved."),
            },
        )

    def _pipeline(
        self,
        title: str,
        name: str,
        role: str,
        stages: list[Stage],
        variables: Mapping[str, tuple[str, str]],
    ) -> None:
        _PIPELINE(
            self,
            title,
            name=name,
            pipeline_type="V2",
            execution_mode="QUEUED",
            role_arn=role,
            restart_execution_on_update=False,
            **self._stores(),
            variables=[
                _PIPELINE.VariableDeclarationProperty(
                    name=each, default_value=default, description=description
                )
                for each, (default, description) in variables.items()
            ]
            or None,
            stages=stages,
        )
        self._alarms.make(
            f"{title}Fails",
            f"{name}-fails",
            f"An execution of {name} has failed: see it in CodePipeline.",
            "AWS/CodePipeline",
            "FailedPipelineExecutions",
            {"PipelineName": name},
        )

    def _stores(self) -> dict[str, Any]:
        """Return where artifacts are carried: a place in every Region that is deployed to."""
        names = self._names
        here = _PIPELINE.ArtifactStoreProperty(
            type="S3",
            location=self._artifacts.ref,
            encryption_key=_PIPELINE.EncryptionKeyProperty(type="KMS", id=self._key.attr_arn),
        )
        further = self._inputs.further_regions()
        if not further:
            return {"artifact_store": here}
        stores = {names.region: here}
        for region in further:
            there = names.in_region(region)
            stores[region] = _PIPELINE.ArtifactStoreProperty(
                type="S3",
                location=there.artifacts,
                encryption_key=_PIPELINE.EncryptionKeyProperty(
                    type="KMS", id=there.arn("kms", f"alias/{there.of('delivery')}")
                ),
            )
        return {
            "artifact_stores": [
                _PIPELINE.ArtifactStoreMapProperty(artifact_store=store, region=region)
                for region, store in stores.items()
            ]
        }

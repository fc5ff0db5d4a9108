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
from infra.cdk.delivery_functions import make_delivery_functions
from infra.cdk.inputs import Inputs, UseCaseFacts, as_json
from infra.cdk.naming import (
    GATE_ACTION,
    GATE_STAGE,
    Names,
    bucket_of,
    delivery_of,
    stack_of,
    title_of,
    to_prod_of,
)
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.function import Functions
from infra.cdk.parts.queue import make_dead_letters
from infra.cdk.passed_trials import start_after_trials

Stage = codepipeline.CfnPipeline.StageDeclarationProperty
Action = codepipeline.CfnPipeline.ActionDeclarationProperty
_SOURCE = "Release"
_PIPELINE = codepipeline.CfnPipeline
_TOO_LONG_MINUTES = 24 * 60
"""After a day without an answer a gate shuts: the use case's next deliveries wait behind it."""


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
        stages = [self._source(), self._verify({})]
        if inputs.workloads("dev"):
            training = _lambda(
                "Train",
                self._names.of("training"),
                {
                    "use_case": use_case.name,
                    "delivery": "#{codepipeline.PipelineExecutionId}",
                },
                order=2,
                namespace="Training",
            )
            stages.append(self._deploy("Dev", inputs.workloads("dev"), use_case, training))
        stages.append(
            self._gate(
                "Register #{Training.package} of release #{Checked.release} centrally? "
                "Trained by #{Training.author}. Evidence: #{Training.evidence} "
                "Metrics: #{Training.metrics}"
            )
        )
        if inputs.workloads("pre-prod"):
            stages.append(self._deploy("PreProd", inputs.workloads("pre-prod"), use_case))
        if inputs.workloads("dev"):
            registered = {
                "use_case": use_case.name,
                "package": "#{Training.package}",
                "execution": "#{Training.execution}",
                "author": "#{Training.author}",
                "delivery": "#{codepipeline.PipelineExecutionId}",
            }
            action = _lambda("Register", self._names.of("registrar"), registered, order=1)
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
        opener = _lambda("Open", self._names.of("opener"), opened, order=2)
        stages = [
            self._source(),
            self._verify({"group": group, "package": "#{variables.package}"}),
            self._gate(
                "Let #{variables.package} of release #{Checked.release} decide in prod? "
                "Pre-prod has passed it."
            ),
            self._deploy("Prod", self._inputs.workloads("prod"), use_case, opener),
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

    def _source(self) -> Stage:
        action = Action(
            name=_SOURCE,
            action_type_id=_type("Source", "S3"),
            configuration={
                "S3Bucket": bucket_of(self._names.environment.releases),
                "S3ObjectKey": "delivery/release.zip",
                # A start names the object of its own release.
                "AllowOverrideForS3ObjectKey": "true",
                "PollForSourceChanges": "false",
            },
            output_artifacts=[_PIPELINE.OutputArtifactProperty(name=_SOURCE)],
            namespace=_SOURCE,
            run_order=1,
        )
        return Stage(name="Source", actions=[action])

    def _verify(self, parameters: Mapping[str, str]) -> Stage:
        action = _lambda(
            "ReleaseCheck",
            self._names.of("release-check"),
            parameters,
            order=1,
            namespace="Checked",
        )
        return Stage(name="Verify", actions=[action])

    def _gate(self, question: str) -> Stage:
        configuration = {"CustomData": question, "NotificationArn": self._names.topic}
        action = Action(
            name=GATE_ACTION,
            action_type_id=_type("Approval", "Manual"),
            configuration=configuration,
            run_order=1,
            timeout_in_minutes=_TOO_LONG_MINUTES,
        )
        return Stage(name=GATE_STAGE, actions=[action])

    def _deploy(
        self, name: str, places: list[Names], use_case: UseCaseFacts, *then: Action
    ) -> Stage:
        """Return a stage that deploys the use case's own stack, in the role that can do no more.

        What else an account holds, the platform team deploys.
        """
        delivered = stack_of(use_case.group)
        actions = [
            Action(
                name=f"{each.environment.name}-pipelines",
                action_type_id=_type("Deploy", "CloudFormation"),
                configuration={
                    "ActionMode": "CREATE_UPDATE",
                    "StackName": each.stack(delivered),
                    "TemplatePath": f"{_SOURCE}::templates/{each.stack(delivered)}.template.json",
                    "ParameterOverrides": as_json({"ReleaseDigest": "#{Checked.release}"}),
                    "RoleArn": each.cloudformation_role(),
                },
                input_artifacts=[_PIPELINE.InputArtifactProperty(name=_SOURCE)],
                role_arn=each.role(delivered),
                region=each.region,
                run_order=1,
            )
            for each in places
        ]
        return Stage(name=name, actions=[*actions, *then])


def _lambda(
    name: str,
    function: str,
    parameters: Mapping[str, str],
    *,
    order: int,
    namespace: str = "",
) -> Action:
    return Action(
        name=name,
        action_type_id=_type("Invoke", "Lambda"),
        configuration={"FunctionName": function, "UserParameters": as_json(parameters)},
        input_artifacts=[_PIPELINE.InputArtifactProperty(name=_SOURCE)],
        namespace=namespace or None,
        run_order=order,
    )


def _type(category: str, provider: str) -> codepipeline.CfnPipeline.ActionTypeIdProperty:
    return _PIPELINE.ActionTypeIdProperty(
        category=category, owner="AWS", provider=provider, version="1"
    )

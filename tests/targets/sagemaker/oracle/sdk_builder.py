"""Builds a pipeline with the SageMaker Python SDK from what a definition says, as a user would.

Each step goes through the SDK's own class, with what its user gives: names, URIs, sizes, references
as the SDK's Parameter, Properties, Join and JsonGet objects. What else stands in a step is the
SDK's doing, so an equal result means that ours writes what the SDK writes.

`TrainingRequest` holds the members that ModelTrainer has no argument for; of those the comparison
proves only that the SDK's serializer writes them in the same form. The role of a Model step is put
in afterwards, because ModelBuilder takes no pipeline parameter for it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.network import NetworkConfig
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    CheckpointConfig,
    OutputDataConfig,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThan,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariable
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import (
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.steps import (
    CacheConfig,
    ProcessingStep,
    TrainingStep,
    TransformStep,
)
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, Networking

PARAMETERS = {
    "String": ParameterString,
    "Integer": ParameterInteger,
    "Float": ParameterFloat,
    "Boolean": ParameterBoolean,
}
CONDITIONS = {
    "Equals": ConditionEquals,
    "GreaterThan": ConditionGreaterThan,
    "GreaterThanOrEqualTo": ConditionGreaterThanOrEqualTo,
    "LessThan": ConditionLessThan,
    "LessThanOrEqualTo": ConditionLessThanOrEqualTo,
}
TOKEN = re.compile(r"\.(\w+)|\['([^']+)'\]|\[(\d+)\]")
PLACEHOLDER_ROLE = "arn:aws:iam::000000000000:role/placeholder"


class TrainingRequest(ModelTrainer):  # type: ignore[misc]
    """A trainer whose request takes what ModelTrainer's arguments cannot: role, entry point."""

    _beyond: dict[str, Any]

    def _create_training_job_args(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        request: dict[str, Any] = super()._create_training_job_args(*args, **kwargs)
        request["RoleArn"] = self._beyond["role"]
        for member in ("ContainerEntrypoint", "ContainerArguments"):
            if member in self._beyond:
                request["AlgorithmSpecification"][member] = self._beyond[member]
        return request


class SdkBuilder:
    """Rebuilds one definition."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self.definition = definition
        self.session = PipelineSession(default_bucket="bucket")
        # Else the first use of the bucket asks S3 whether it exists.
        self.session._default_bucket = "bucket"
        self.parameters = {
            declared["Name"]: PARAMETERS[declared["Type"]](
                name=declared["Name"], default_value=declared.get("DefaultValue")
            )
            for declared in definition["Parameters"]
        }
        self.steps: dict[str, Any] = {}

    def pipeline(self, name: str) -> Pipeline:
        """Return the SDK's own object."""
        return Pipeline(
            name=name,
            parameters=list(self.parameters.values()),
            steps=[self.step(body) for body in self.definition["Steps"]],
            sagemaker_session=self.session,
        )

    def build(self, name: str) -> dict[str, Any]:
        """Return the definition that the SDK makes."""
        built: dict[str, Any] = json.loads(self.pipeline(name).definition())
        for body, made in zip(self.definition["Steps"], built["Steps"], strict=True):
            if body["Type"] == "Model":
                assert made["Arguments"]["ExecutionRoleArn"] == PLACEHOLDER_ROLE
                made["Arguments"]["ExecutionRoleArn"] = body["Arguments"]["ExecutionRoleArn"]
        return built

    def step(self, body: dict[str, Any]) -> Any:
        built = getattr(self, f"_{body['Type'].lower()}")(body)
        self.steps[body["Name"]] = built
        return built

    def value(self, written: Any) -> Any:
        """Turn a JSON value into the SDK's objects."""
        if isinstance(written, list):
            return [self.value(item) for item in written]
        if not isinstance(written, dict):
            return written
        if "Std:Join" in written:
            join = written["Std:Join"]
            return Join(on=join["On"], values=self.value(join["Values"]))
        if "Std:JsonGet" in written:
            _, step, _, file = written["Std:JsonGet"]["PropertyFile"]["Get"].split(".")
            return JsonGet(step, property_file=file, json_path=written["Std:JsonGet"]["Path"])
        if "Get" in written:
            return self.reference(written["Get"])
        return {key: self.value(item) for key, item in written.items()}

    def reference(self, target: str) -> Any:
        namespace, name, *_ = target.split(".")
        if namespace == "Parameters":
            return self.parameters[name]
        if namespace == "Execution":
            return ExecutionVariable(name)
        found = self.steps[name].properties
        for member, key, index in TOKEN.findall(target.removeprefix(f"Steps.{name}")):
            found = getattr(found, member) if member else found[int(index) if index else key]
        return found

    def _processing(self, body: dict[str, Any]) -> ProcessingStep:
        job = body["Arguments"]
        cluster = job["ProcessingResources"]["ClusterConfig"]
        application = job["AppSpecification"]
        processor = Processor(
            role=self.value(job["RoleArn"]),
            image_uri=self.value(application["ImageUri"]),
            instance_count=self.value(cluster["InstanceCount"]),
            instance_type=self.value(cluster["InstanceType"]),
            volume_size_in_gb=cluster["VolumeSizeInGB"],
            entrypoint=self.value(application["ContainerEntrypoint"]),
            max_runtime_in_seconds=job["StoppingCondition"]["MaxRuntimeInSeconds"],
            network_config=self._network(job.get("NetworkConfig")),
            env=self.value(job.get("Environment")),
            sagemaker_session=self.session,
        )
        arguments = processor.run(
            inputs=[
                ProcessingInput(
                    input_name=item["InputName"],
                    s3_input=ProcessingS3Input(
                        s3_uri=self.value(item["S3Input"]["S3Uri"]),
                        local_path=item["S3Input"]["LocalPath"],
                        s3_data_type="S3Prefix",
                        s3_input_mode="File",
                    ),
                )
                for item in job.get("ProcessingInputs", [])
            ],
            outputs=[
                ProcessingOutput(
                    output_name=item["OutputName"],
                    s3_output=ProcessingS3Output(
                        s3_uri=self.value(item["S3Output"]["S3Uri"]),
                        local_path=item["S3Output"]["LocalPath"],
                        s3_upload_mode="EndOfJob",
                    ),
                )
                for item in job.get("ProcessingOutputConfig", {}).get("Outputs", [])
            ],
            arguments=self.value(application["ContainerArguments"]),
        )
        return ProcessingStep(
            name=body["Name"],
            step_args=arguments,
            property_files=[
                PropertyFile(file["PropertyFileName"], file["OutputName"], file["FilePath"])
                for file in body.get("PropertyFiles", [])
            ],
            **self._settings(body),
        )

    def _network(self, written: dict[str, Any] | None) -> NetworkConfig | None:
        if written is None:
            return None
        return NetworkConfig(
            subnets=self.value(written["VpcConfig"]["Subnets"]),
            security_group_ids=self.value(written["VpcConfig"]["SecurityGroupIds"]),
            encrypt_inter_container_traffic=written.get("EnableInterContainerTrafficEncryption"),
        )

    def _training(self, body: dict[str, Any]) -> TrainingStep:
        job = body["Arguments"]
        algorithm, resources = job["AlgorithmSpecification"], job["ResourceConfig"]
        stopping = job["StoppingCondition"]
        optional: dict[str, Any] = {}
        if "CheckpointConfig" in job:
            optional["checkpoint_config"] = CheckpointConfig(
                s3_uri=self.value(job["CheckpointConfig"]["S3Uri"]),
                local_path=job["CheckpointConfig"]["LocalPath"],
            )
        if "VpcConfig" in job:
            optional["networking"] = Networking(
                subnets=self.value(job["VpcConfig"]["Subnets"]),
                security_group_ids=self.value(job["VpcConfig"]["SecurityGroupIds"]),
                enable_inter_container_traffic_encryption=job.get(
                    "EnableInterContainerTrafficEncryption"
                ),
            )
        waits = stopping.get("MaxWaitTimeInSeconds")
        trainer = TrainingRequest(
            sagemaker_session=self.session,
            role=PLACEHOLDER_ROLE,
            base_job_name="job",
            training_image=self.value(algorithm["TrainingImage"]),
            compute=Compute(
                instance_type=resources["InstanceType"],
                instance_count=resources["InstanceCount"],
                volume_size_in_gb=resources["VolumeSizeInGB"],
                enable_managed_spot_training=job.get("EnableManagedSpotTraining"),
            ),
            stopping_condition=StoppingCondition(
                max_runtime_in_seconds=stopping["MaxRuntimeInSeconds"],
                **({"max_wait_time_in_seconds": waits} if waits else {}),
            ),
            output_data_config=OutputDataConfig(
                s3_output_path=self.value(job["OutputDataConfig"]["S3OutputPath"])
            ),
            input_data_config=[
                InputData(
                    channel_name=channel["ChannelName"],
                    data_source=self.value(channel["DataSource"]["S3DataSource"]["S3Uri"]),
                )
                for channel in job.get("InputDataConfig", [])
            ],
            hyperparameters=self.value(job.get("HyperParameters", {})),
            environment=self.value(job.get("Environment", {})),
            **optional,
        )
        trainer._beyond = {
            "role": self.value(job["RoleArn"]),
            **{
                member: self.value(algorithm[member])
                for member in ("ContainerEntrypoint", "ContainerArguments")
                if member in algorithm
            },
        }
        return TrainingStep(name=body["Name"], step_args=trainer.train(), **self._settings(body))

    def _model(self, body: dict[str, Any]) -> ModelStep:
        container = body["Arguments"]["PrimaryContainer"]
        builder = ModelBuilder(
            s3_model_data_url=self.value(container["ModelDataUrl"]),
            image_uri=self.value(container["Image"]),
            role_arn=PLACEHOLDER_ROLE,
            env_vars=self.value(container.get("Environment", {})),
            network=self._model_network(body["Arguments"].get("VpcConfig")),
            sagemaker_session=self.session,
        )
        return ModelStep(name=body["Name"], step_args=builder.build(), **self._settings(body))

    def _model_network(self, written: dict[str, Any] | None) -> Networking | None:
        if written is None:
            return None
        return Networking(
            subnets=self.value(written["Subnets"]),
            security_group_ids=self.value(written["SecurityGroupIds"]),
        )

    def _transform(self, body: dict[str, Any]) -> TransformStep:
        job = body["Arguments"]
        source, target = job["TransformInput"], job["TransformOutput"]
        processing = job.get("DataProcessing", {})
        transformer = Transformer(
            model_name=self.value(job["ModelName"]),
            instance_count=job["TransformResources"]["InstanceCount"],
            instance_type=job["TransformResources"]["InstanceType"],
            strategy=job.get("BatchStrategy"),
            max_payload=job["MaxPayloadInMB"],
            max_concurrent_transforms=job["MaxConcurrentTransforms"],
            assemble_with=target["AssembleWith"],
            accept=target.get("Accept"),
            output_path=self.value(target["S3OutputPath"]),
            sagemaker_session=self.session,
        )
        arguments = transformer.transform(
            data=self.value(source["DataSource"]["S3DataSource"]["S3Uri"]),
            content_type=source["ContentType"],
            split_type=source["SplitType"],
            input_filter=processing.get("InputFilter"),
            join_source=processing.get("JoinSource"),
            output_filter=processing.get("OutputFilter"),
        )
        return TransformStep(name=body["Name"], step_args=arguments, **self._settings(body))

    def _registermodel(self, body: dict[str, Any]) -> ModelStep:
        package = body["Arguments"]
        specification = package["InferenceSpecification"]
        [container] = specification["Containers"]
        builder = ModelBuilder(
            s3_model_data_url=self.value(container["ModelDataUrl"]),
            image_uri=self.value(container["Image"]),
            role_arn=PLACEHOLDER_ROLE,
            sagemaker_session=self.session,
        )
        metrics = None
        if "ModelMetrics" in package:
            statistics = package["ModelMetrics"]["ModelQuality"]["Statistics"]
            metrics = ModelMetrics(
                model_statistics=MetricsSource(
                    content_type=statistics["ContentType"], s3_uri=self.value(statistics["S3Uri"])
                )
            )
        arguments = builder.register(
            model_package_group_name=self.value(package["ModelPackageGroupName"]),
            content_types=specification["SupportedContentTypes"],
            response_types=specification["SupportedResponseMIMETypes"],
            inference_instances=specification.get("SupportedRealtimeInferenceInstanceTypes"),
            transform_instances=specification.get("SupportedTransformInstanceTypes"),
            approval_status=package["ModelApprovalStatus"],
            model_metrics=metrics,
            customer_metadata_properties=self.value(package.get("CustomerMetadataProperties")),
        )
        settings = self._settings(body)
        return ModelStep(name=body["Name"], step_args=arguments, **settings)

    def _condition(self, body: dict[str, Any]) -> ConditionStep:
        arguments = body["Arguments"]
        return ConditionStep(
            name=body["Name"],
            conditions=[self.condition(written) for written in arguments["Conditions"]],
            if_steps=[self.step(inner) for inner in arguments["IfSteps"]],
            else_steps=[self.step(inner) for inner in arguments["ElseSteps"]],
            depends_on=body.get("DependsOn"),
        )

    def condition(self, written: dict[str, Any]) -> Any:
        kind = written["Type"]
        if kind == "Not":
            return ConditionNot(self.condition(written["Condition"]))
        if kind == "Or":
            return ConditionOr([self.condition(inner) for inner in written["Conditions"]])
        if kind == "In":
            return ConditionIn(self.value(written["QueryValue"]), self.value(written["Values"]))
        left, right = self.value(written["LeftValue"]), self.value(written["RightValue"])
        return CONDITIONS[kind](left=left, right=right)

    def _fail(self, body: dict[str, Any]) -> FailStep:
        message = self.value(body["Arguments"]["ErrorMessage"])
        return FailStep(name=body["Name"], error_message=message, depends_on=body.get("DependsOn"))

    def _settings(self, body: dict[str, Any]) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if "CacheConfig" in body:
            cache = body["CacheConfig"]
            settings["cache_config"] = CacheConfig(
                enable_caching=cache["Enabled"], expire_after=cache.get("ExpireAfter")
            )
        if "RetryPolicies" in body:
            settings["retry_policies"] = [self._retry(policy) for policy in body["RetryPolicies"]]
        if "DependsOn" in body:
            settings["depends_on"] = body["DependsOn"]
        return settings

    def _retry(self, policy: dict[str, Any]) -> Any:
        common = {
            "interval_seconds": policy["IntervalSeconds"],
            "backoff_rate": policy["BackoffRate"],
            "max_attempts": policy.get("MaxAttempts"),
            "expire_after_mins": policy.get("ExpireAfterMin"),
        }
        names = policy["ExceptionType"]
        if all(name.startswith("Step.") for name in names):
            exceptions = [member_of(StepExceptionTypeEnum, name) for name in names]
            return StepRetryPolicy(exception_types=exceptions, **common)
        exceptions = [member_of(SageMakerJobExceptionTypeEnum, name) for name in names]
        return SageMakerJobStepRetryPolicy(exception_types=exceptions, **common)


def member_of(enumeration: Any, value: str) -> Any:
    """Return the member with a value: the SDK's own `Enum(value)` gives the first one, always."""
    return next(member for member in enumeration if member.value == value)


def build_with_sdk(definition: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what the SDK writes for the steps of a definition."""
    return SdkBuilder(definition).build(name)

"""Training steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.targets.sagemaker.job_arguments import step_frame, tags
from penstock.targets.sagemaker.network import network
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import Expression, join, parameter
from penstock.targets.sagemaker.steps import Step

CHECKPOINT_FOLDER = "/opt/ml/checkpoints"


def training_step(
    plan: Plan,
    step: Step,
    *,
    instance_type: str,
    image: Expression,
    entrypoint: list[Expression],
    arguments: list[Expression],
    hyperparameters: Mapping[str, Expression],
    channels: Mapping[str, Expression],
    environment: Mapping[str, Expression],
) -> dict[str, Any]:
    """Return a Training step: parameters as hyperparameters, artifacts as channels."""
    settings = plan.settings[step.path]
    algorithm: dict[str, Any] = {
        "TrainingImage": image,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": entrypoint,
        "ContainerArguments": arguments,
    }
    if settings.metric_definitions:
        algorithm["MetricDefinitions"] = [
            {"Name": name, "Regex": regex} for name, regex in settings.metric_definitions.items()
        ]
    output: dict[str, Any] = {"S3OutputPath": plan.output_uri(step)}
    if settings.output_kms_key:
        output["KmsKeyId"] = settings.output_kms_key
    resources: dict[str, Any] = {
        "InstanceType": instance_type,
        "InstanceCount": settings.instance_count,
        "VolumeSizeInGB": settings.volume_size_gb,
    }
    if settings.volume_kms_key:
        resources["VolumeKmsKeyId"] = settings.volume_kms_key
    if settings.keep_alive_period_seconds:
        resources["KeepAlivePeriodInSeconds"] = settings.keep_alive_period_seconds
    stopping = {"MaxRuntimeInSeconds": settings.max_runtime_seconds}
    if settings.spot:
        stopping["MaxWaitTimeInSeconds"] = settings.max_wait_seconds or settings.max_runtime_seconds
    job: dict[str, Any] = {
        "AlgorithmSpecification": algorithm,
        "RoleArn": parameter("Role"),
        "OutputDataConfig": output,
        "ResourceConfig": resources,
        "StoppingCondition": stopping,
    }
    if hyperparameters:
        job["HyperParameters"] = dict(hyperparameters)
    if channels:
        job["InputDataConfig"] = [_channel(name, uri) for name, uri in channels.items()]
    if settings.spot:
        job["EnableManagedSpotTraining"] = True
    if settings.spot or settings.checkpoints:
        job["CheckpointConfig"] = {
            "S3Uri": _checkpoints(plan, step),
            "LocalPath": CHECKPOINT_FOLDER,
        }
    if environment:
        job["Environment"] = dict(environment)
    job.update(network(settings, of_environment=plan.in_network))
    if settings.tags:
        job["Tags"] = tags(settings)
    return step_frame(plan, step, "Training", job)


def _channel(name: str, uri: Expression) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": uri,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
        "InputMode": "File",
    }


def _checkpoints(plan: Plan, step: Step) -> Expression:
    """The URI is a key of the step cache, so the run's id must not stand in it.

    SageMaker syncs the folder for the job that an interruption continues; a component that resumes
    checks that a checkpoint is of its own inputs, because runs share the folder.
    """
    return join(
        "/",
        [
            parameter("ArtifactRoot"),
            plan.pipeline_name,
            "checkpoints",
            plan.names[step.path],
        ],
    )

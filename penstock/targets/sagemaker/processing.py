"""Processing steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.targets.sagemaker.job_arguments import step_frame, tags
from penstock.targets.sagemaker.network import network
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import PARAMETERS_FILE, Expression, parameter
from penstock.targets.sagemaker.steps import Step

INPUT_ROOT = "/opt/ml/processing/input"
OUTPUT_ROOT = "/opt/ml/processing/output"


def processing_step(
    plan: Plan,
    step: Step,
    *,
    instance_type: str,
    image: Expression,
    entrypoint: list[Expression],
    arguments: list[Expression],
    inputs: Mapping[str, Expression],
    environment: Mapping[str, Expression],
) -> dict[str, Any]:
    """Return a Processing step: an input or output per artifact, an output for parameters."""
    settings = plan.settings[step.path]
    outputs = list(step.interface.output_artifacts)
    if step.interface.output_parameters:
        outputs.append(PARAMETERS_FILE)
    specification: dict[str, Any] = {"ImageUri": image}
    if entrypoint:
        specification["ContainerEntrypoint"] = entrypoint
    if arguments:
        specification["ContainerArguments"] = arguments
    cluster: dict[str, Any] = {
        "InstanceType": instance_type,
        "InstanceCount": settings.instance_count,
        "VolumeSizeInGB": settings.volume_size_gb,
    }
    if settings.volume_kms_key:
        cluster["VolumeKmsKeyId"] = settings.volume_kms_key
    job: dict[str, Any] = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": specification,
        "RoleArn": parameter("Role"),
        "StoppingCondition": {"MaxRuntimeInSeconds": settings.max_runtime_seconds},
    }
    if inputs:
        job["ProcessingInputs"] = [_input(name, uri) for name, uri in inputs.items()]
    if outputs:
        job["ProcessingOutputConfig"] = {"Outputs": [_output(plan, step, name) for name in outputs]}
        if settings.output_kms_key:
            job["ProcessingOutputConfig"]["KmsKeyId"] = settings.output_kms_key
    if environment:
        job["Environment"] = dict(environment)
    if found := network(settings, of_environment=plan.in_network):
        job["NetworkConfig"] = found
    if settings.tags:
        job["Tags"] = tags(settings)
    frame = step_frame(plan, step, "Processing", job)
    if step.path in plan.readable:
        frame["PropertyFiles"] = [
            {
                "PropertyFileName": PARAMETERS_FILE,
                "OutputName": PARAMETERS_FILE,
                "FilePath": "parameters.json",
            }
        ]
    return frame


def _input(name: str, uri: Expression) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{INPUT_ROOT}/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _output(plan: Plan, step: Step, name: str) -> dict[str, Any]:
    return {
        "OutputName": name,
        "S3Output": {
            "S3Uri": plan.output_uri(step, name),
            "LocalPath": f"{OUTPUT_ROOT}/{name}",
            "S3UploadMode": "EndOfJob",
        },
    }

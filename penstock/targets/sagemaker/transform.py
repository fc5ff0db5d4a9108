"""Transform steps, each with the Model step that makes its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.inputs import artifact_source
from penstock.targets.sagemaker.job_arguments import (
    FAULTS_OF_THE_STEP,
    step_frame,
    tags,
)
from penstock.targets.sagemaker.model_data import PAYLOAD, model_data, unreadable
from penstock.targets.sagemaker.network import network
from penstock.targets.sagemaker.plan import MODEL_SCHEMA, Plan, model_step_path
from penstock.targets.sagemaker.references import (
    Expression,
    RefusedValueError,
    as_text,
    join,
    parameter,
)
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.values import Absent, ImportedArtifact, StepArtifact


def transform_steps(
    plan: Plan,
    step: Step,
    *,
    instance_type: str,
    image: Expression,
    environment: Mapping[str, Expression],
) -> list[dict[str, Any]]:
    """Return the Model step and the Transform step of a task.

    Neither is cached: the model that a Model step makes has a new name in every run.

    Raises:
        RefusedValueError: The component's inputs and outputs are not those of a transform, or an
            input is where a transform job cannot read it.
    """
    model, lines, output = _inputs_and_output(step)
    model_name = plan.names[model_step_path(step)]
    return [
        _model_step(plan, step, model_name, model, image, environment),
        _transform_step(plan, step, model_name, lines, output, instance_type),
    ]


def _inputs_and_output(step: Step) -> tuple[str, str, str]:
    kinds = {name: slot.schema_title for name, slot in step.interface.input_artifacts.items()}
    models = [name for name, kind in kinds.items() if kind == MODEL_SCHEMA]
    others = [name for name in kinds if name not in models]
    outputs = list(step.interface.output_artifacts)
    given = [name for name, value in step.parameters.items() if not isinstance(value, Absent)]
    if (
        len(models) != 1
        or len(others) != 1
        or len(outputs) != 1
        or step.interface.output_parameters
        or given
    ):
        raise RefusedValueError(
            Problem(
                "a transform reads one Model and one Dataset and returns one Dataset, nothing "
                "else.",
                remedy="Declare `transform(model: Model, lines: Dataset) -> Dataset`; settings go "
                "into `configure(..., sagemaker={...})`.",
            )
        )
    return models[0], others[0], outputs[0]


def _model_step(
    plan: Plan,
    step: Step,
    name: str,
    model: str,
    image: Expression,
    environment: Mapping[str, Expression],
) -> dict[str, Any]:
    settings = plan.settings[step.path]
    container: dict[str, Any] = {"Image": image, **model_data(plan, step, model)}
    if environment:
        container["Environment"] = dict(environment)
    arguments: dict[str, Any] = {
        "ExecutionRoleArn": parameter("Role"),
        "PrimaryContainer": container,
        **network(settings, of_environment=plan.in_network),
    }
    if settings.tags:
        arguments["Tags"] = tags(settings)
    frame = step_frame(plan, step, "Model", arguments) | {"Name": name}
    frame.pop("CacheConfig", None)
    if "RetryPolicies" in frame:
        frame["RetryPolicies"] = [
            policy
            for policy in frame["RetryPolicies"]
            if policy["ExceptionType"] == list(FAULTS_OF_THE_STEP)
        ]
    return frame


def _transform_step(
    plan: Plan, step: Step, model_name: str, lines: str, output: str, instance_type: str
) -> dict[str, Any]:
    settings = plan.settings[step.path]
    answers: dict[str, Any] = {"S3OutputPath": plan.output_uri(step, output)}
    if settings.accept:
        answers["Accept"] = settings.accept
    answers["AssembleWith"] = settings.split_type
    if settings.output_kms_key:
        answers["KmsKeyId"] = settings.output_kms_key
    resources: dict[str, Any] = {
        "InstanceType": instance_type,
        "InstanceCount": settings.instance_count,
    }
    if settings.volume_kms_key:
        resources["VolumeKmsKeyId"] = settings.volume_kms_key
    job: dict[str, Any] = {
        "ModelName": {"Get": f"Steps.{model_name}.ModelName"},
        "MaxConcurrentTransforms": settings.max_concurrent,
        "MaxPayloadInMB": settings.max_payload_mb,
        "TransformInput": {
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": _lines(plan, step, lines)}
            },
            "ContentType": settings.content_type,
            "SplitType": settings.split_type,
        },
        "TransformOutput": answers,
        "TransformResources": resources,
    }
    if settings.split_type != "None":
        job["BatchStrategy"] = settings.strategy
    processing = {
        "InputFilter": settings.input_filter,
        "JoinSource": settings.join_source if settings.join_source != "None" else "",
        "OutputFilter": settings.output_filter,
    }
    if any(processing.values()):
        job["DataProcessing"] = {name: text for name, text in processing.items() if text}
    if settings.tags:
        job["Tags"] = tags(settings)
    frame = step_frame(plan, step, "Transform", job)
    frame.pop("CacheConfig", None)
    return frame


def _lines(plan: Plan, step: Step, name: str) -> Expression:
    """The payload alone: `artifact.json` beside it is no line."""
    match step.artifacts.get(name, Absent()):
        case StepArtifact(step=producer, output=output):
            source = artifact_source(plan, plan.step(producer), output)
            if source.member:
                raise RefusedValueError(unreadable(name, plan.names[producer]))
            return source.uri if source.whole else join("/", [source.uri, PAYLOAD])
        case ImportedArtifact(uri=uri):
            return as_text(uri, plan.names, plan.readable)
        case _:
            raise RefusedValueError(Problem(f"the input `{name}` is missing.", remedy="Give it."))

"""RegisterModel steps."""

from __future__ import annotations

from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.inputs import artifact_source
from penstock.targets.sagemaker.job_arguments import step_frame
from penstock.targets.sagemaker.model_data import model_data
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import (
    Expression,
    RefusedValueError,
    as_text,
    join,
    parameter,
)
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.values import (
    Absent,
    ImportedArtifact,
    Literal,
    Mapped,
    StepArtifact,
    Value,
)

_CONTENT_TYPES = ("text/csv", "application/json")
_LONGEST_PROPERTY = 256
_SUFFIXES = {
    "system.HTML": ".html",
    "system.Metrics": ".json",
    "system.ClassificationMetrics": ".json",
}


def register_step(plan: Plan, step: Step) -> dict[str, Any]:
    """Return a RegisterModel step.

    It reads the inputs `group`, `model`, `metrics`, `report`, `evidence` and `properties`; all but
    the first two may be absent. Report and evidence are told as properties of those names.

    Raises:
        RefusedValueError: An input is missing or of a kind that the step has no place for.
    """
    settings = plan.settings[step.path]
    group = step.parameters.get("group", Absent())
    if isinstance(group, Absent) or isinstance(step.artifacts.get("model", Absent()), Absent):
        raise RefusedValueError(
            Problem(
                "a registration needs the inputs `group` and `model`.",
                remedy="Declare `group: str` and `model: Model` on the component.",
            )
        )
    specification: dict[str, Any] = {
        "Containers": [{"Image": parameter("Image"), **model_data(plan, step, "model")}],
        "SupportedContentTypes": list(settings.content_types or _CONTENT_TYPES),
        "SupportedResponseMIMETypes": list(settings.response_types or _CONTENT_TYPES),
    }
    if settings.inference_instance_types:
        specification["SupportedRealtimeInferenceInstanceTypes"] = list(
            settings.inference_instance_types
        )
    if settings.transform_instance_types:
        specification["SupportedTransformInstanceTypes"] = list(settings.transform_instance_types)
    arguments: dict[str, Any] = {
        "ModelPackageGroupName": as_text(group, plan.names, plan.readable),
        "InferenceSpecification": specification,
        "ModelApprovalStatus": "PendingManualApproval",
    }
    metrics = _location(plan, step, "metrics")
    if metrics is not None:
        arguments["ModelMetrics"] = {
            "ModelQuality": {
                "Statistics": {
                    "ContentType": "application/json",
                    "S3Uri": _payload(step, "metrics", metrics),
                }
            }
        }
    properties = _properties(plan, step.parameters.get("properties", Absent()))
    for name in ("report", "evidence"):
        place = _location(plan, step, name)
        if place is not None:
            properties[name] = _payload(step, name, place)
    if properties:
        arguments["CustomerMetadataProperties"] = properties
    frame = step_frame(plan, step, "RegisterModel", arguments)
    frame.pop("CacheConfig", None)
    return frame


def _location(plan: Plan, step: Step, name: str) -> Expression | None:
    match step.artifacts.get(name, Absent()):
        case StepArtifact(step=producer, output=output):
            source = artifact_source(plan, plan.step(producer), output)
            if source.member not in ("", "."):
                raise RefusedValueError(
                    Problem(
                        f"`{name}` lies in the output archive of the training step "
                        f"`{plan.names[producer]}`, where a registration cannot refer to it.",
                        remedy="Write it in a processing component.",
                    )
                )
            return source.uri
        case ImportedArtifact(uri=uri):
            return as_text(uri, plan.names, plan.readable)
        case _:
            return None


def _payload(step: Step, name: str, folder: Expression) -> Expression:
    """Return the payload in an artifact's folder; see docs/architecture.md."""
    value = step.artifacts[name]
    if isinstance(value, StepArtifact):
        suffix = _SUFFIXES.get(value.schema_title)
        return join("/", [folder, f"{value.output}{suffix}" if suffix else "data"])
    return folder


def _properties(plan: Plan, value: Value) -> dict[str, Expression]:
    match value:
        case Absent():
            return {}
        case Literal(value=dict() as content):
            properties: dict[str, Expression] = {
                key: as_text(Literal(member), plan.names, plan.readable)
                for key, member in content.items()
            }
        case Mapped(members=members):
            properties = {
                key: as_text(member, plan.names, plan.readable) for key, member in members.items()
            }
        case _:
            raise RefusedValueError(
                Problem(
                    "`properties` is one output or parameter as a whole; the names of a model "
                    "package's properties are fixed when the pipeline is compiled.",
                    remedy="Write `properties={...}` with its keys in the pipeline file.",
                )
            )
    for key, written in properties.items():
        if isinstance(written, str) and len(written) > _LONGEST_PROPERTY:
            raise RefusedValueError(
                Problem(
                    f"the property `{key}` has {len(written)} characters; SageMaker allows "
                    f"{_LONGEST_PROPERTY}.",
                    remedy="Shorten it.",
                )
            )
    return properties

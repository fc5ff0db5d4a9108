"""Rules across several members of a job that no shape states.

Sources: CreateTrainingJob, CreateProcessingJob, CreateTransformJob, CreateModel and
CreateModelPackage in the SageMaker API reference; "Caching pipeline steps" in the developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.targets.sagemaker.validation.expressions import is_expression
from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.step_settings import is_cached
from penstock.targets.sagemaker.validation.steps import Step
from penstock.targets.sagemaker.validation.transform_rules import check_container, check_transform

_PROCESSING_ROOT = "/opt/ml/processing"
# What a cached step's result is looked up by; outputs are not part of it.
_CACHE_KEYS = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
        "CheckpointConfig",
    ),
}
_CHANGING = ("PipelineExecutionId", "PipelineExecutionArn", "StartDateTime", "CurrentDateTime")


def check_job_rules(step: Step, report: Report) -> None:
    """Check the rules of the step's type."""
    if step.type_name == "Training":
        _check_training(step, report)
    if step.type.request == "CreateProcessingJobRequest":
        _check_processing(step, report)
    if step.type_name == "Model":
        _check_model(step, report)
    if step.type_name == "Transform":
        check_transform(step, report)
    if step.type_name == "RegisterModel":
        _check_registration(step, report)
    if is_cached(step):
        _check_cache_keys(step, report)


def _check_training(step: Step, report: Report) -> None:
    path = f"{step.path}.Arguments"
    arguments = step.arguments
    if arguments.get("ServerlessJobConfig") is None:
        for member in ("AlgorithmSpecification", "ResourceConfig", "StoppingCondition"):
            if arguments.get(member) is None:
                report.error(path, f"has no {member}.", f"Add {member}.")
        algorithm = _object(arguments, "AlgorithmSpecification")
        sources = [
            key for key in ("TrainingImage", "AlgorithmName") if algorithm.get(key) is not None
        ]
        if algorithm and len(sources) != 1:
            what = "has both TrainingImage and AlgorithmName." if sources else "names no image."
            report.error(
                f"{path}.AlgorithmSpecification", what, "Give TrainingImage or AlgorithmName."
            )
    _check_spot(arguments, path, report)
    _check_unique(
        arguments.get("InputDataConfig"), "ChannelName", f"{path}.InputDataConfig", report
    )


def _check_spot(arguments: Mapping[str, object], path: str, report: Report) -> None:
    spot = arguments.get("EnableManagedSpotTraining")
    stopping = _object(arguments, "StoppingCondition")
    run, wait = stopping.get("MaxRuntimeInSeconds"), stopping.get("MaxWaitTimeInSeconds")
    keep_alive = _object(arguments, "ResourceConfig").get("KeepAlivePeriodInSeconds")
    if spot is True:
        if keep_alive is not None:
            report.error(
                f"{path}.ResourceConfig.KeepAlivePeriodInSeconds",
                "a warm pool cannot be kept of spot instances.",
                "Leave it out, or turn EnableManagedSpotTraining off.",
            )
        if stopping and wait is None:
            report.error(
                f"{path}.StoppingCondition",
                "has no MaxWaitTimeInSeconds, and the job trains on spot instances.",
                "Say how long to wait for them, at least MaxRuntimeInSeconds.",
            )
        if isinstance(run, int) and isinstance(wait, int) and wait < run:
            report.error(
                f"{path}.StoppingCondition.MaxWaitTimeInSeconds",
                f"{wait} is less than MaxRuntimeInSeconds, {run}.",
                "It includes the run: make it at least as long.",
            )
        if arguments.get("CheckpointConfig") is None:
            report.warning(
                path,
                "trains on spot instances without CheckpointConfig: an interruption starts over.",
                "Add CheckpointConfig, or turn EnableManagedSpotTraining off.",
            )
    elif wait is not None and spot in (None, False):
        report.error(
            f"{path}.StoppingCondition.MaxWaitTimeInSeconds",
            "is allowed only with managed spot training.",
            "Leave it out, or turn EnableManagedSpotTraining on.",
        )


def _check_processing(step: Step, report: Report) -> None:
    path = f"{step.path}.Arguments"
    inputs = step.arguments.get("ProcessingInputs")
    outputs = _object(step.arguments, "ProcessingOutputConfig").get("Outputs")
    output_path = f"{path}.ProcessingOutputConfig.Outputs"
    _check_unique(inputs, "InputName", f"{path}.ProcessingInputs", report)
    _check_unique(outputs, "OutputName", output_path, report)
    for position, item in _objects(inputs):
        place = f"{path}.ProcessingInputs[{position}]"
        sources = [k for k in ("S3Input", "DatasetDefinition") if item.get(k) is not None]
        if len(sources) != 1:
            what = "has both S3Input and DatasetDefinition." if sources else "has no source."
            report.error(place, what, "Give either S3Input or DatasetDefinition.")
        _check_local_path(_object(item, "S3Input"), f"{place}.S3Input", report)
    for position, item in _objects(outputs):
        local = _object(item, "S3Output")
        _check_local_path(local, f"{output_path}[{position}].S3Output", report)


def _check_local_path(body: Mapping[str, object], path: str, report: Report) -> None:
    local = body.get("LocalPath")
    if isinstance(local, str) and not f"{local}/".startswith(f"{_PROCESSING_ROOT}/"):
        report.error(
            f"{path}.LocalPath",
            f"{local!r} is outside {_PROCESSING_ROOT}.",
            f"Put it below {_PROCESSING_ROOT}.",
        )


def _check_model(step: Step, report: Report) -> None:
    sources = [
        key for key in ("PrimaryContainer", "Containers") if step.arguments.get(key) is not None
    ]
    if len(sources) != 1:
        what = "has both PrimaryContainer and Containers." if sources else "has no container."
        remedy = "Give either PrimaryContainer or Containers."
        report.error(f"{step.path}.Arguments", what, remedy)
    primary = step.arguments.get("PrimaryContainer")
    members = step.arguments.get("Containers")
    for place, container in (
        *([(".PrimaryContainer", primary)] if isinstance(primary, Mapping) else []),
        *((f".Containers[{position}]", item) for position, item in _objects(members)),
    ):
        check_container(container, f"{step.path}.Arguments{place}", report)


def _check_registration(step: Step, report: Report) -> None:
    path = f"{step.path}.Arguments"
    arguments = step.arguments
    if arguments.get("ModelPackageGroupName") is None and arguments.get("ModelPackageName") is None:
        report.error(path, "names no model package group.", "Add ModelPackageGroupName.")
    if all(
        arguments.get(key) is None
        for key in ("InferenceSpecification", "SourceAlgorithmSpecification", "SourceUri")
    ):
        report.error(path, "names no model.", "Add InferenceSpecification with its Containers.")


def _check_unique(items: object, member: str, path: str, report: Report) -> None:
    seen: set[str] = set()
    for position, item in _objects(items):
        name = item.get(member)
        if not isinstance(name, str):
            continue
        if name in seen:
            report.error(
                f"{path}[{position}].{member}",
                f"{name!r} is there already.",
                "Give each one a name of its own.",
            )
        seen.add(name)


def _check_cache_keys(step: Step, report: Report) -> None:
    for member in _CACHE_KEYS.get(step.type_name, ()):
        for path, name in _execution_variables(
            step.arguments.get(member), f"{step.path}.Arguments.{member}"
        ):
            report.warning(
                path,
                f"Execution.{name} differs in every execution, so this cached step always runs.",
                "Keep it to the outputs, or turn the step's caching off.",
            )


def _execution_variables(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        target = value.get("Get")
        if is_expression(value) and isinstance(target, str) and target.startswith("Execution."):
            name = target.removeprefix("Execution.")
            if name in _CHANGING:
                yield f"{path}.Get", name
            return
        for key, item in value.items():
            yield from _execution_variables(item, f"{path}.{key}")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _execution_variables(item, f"{path}[{position}]")


def _object(owner: Mapping[str, object], member: str) -> Mapping[str, object]:
    value = owner.get(member)
    return value if isinstance(value, Mapping) and not is_expression(value) else {}


def _objects(items: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    for position, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, Mapping):
            yield position, item

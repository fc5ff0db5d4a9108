"""The check of a whole pipeline definition, ours or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from penstock.targets.sagemaker.validation.argument_shapes import check_arguments
from penstock.targets.sagemaker.validation.conditions import check_condition_step
from penstock.targets.sagemaker.validation.expressions import Expressions
from penstock.targets.sagemaker.validation.finding import Finding, Report
from penstock.targets.sagemaker.validation.graph import check_graph
from penstock.targets.sagemaker.validation.job_rules import check_job_rules
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.other_steps import (
    check_callback_step,
    check_emr_serverless_step,
    check_emr_step,
    check_fail_step,
    check_for_each_step,
    check_lambda_step,
    check_quality_step,
)
from penstock.targets.sagemaker.validation.parameters import read_parameters
from penstock.targets.sagemaker.validation.property_files import check_property_files
from penstock.targets.sagemaker.validation.scalar_kind import describe
from penstock.targets.sagemaker.validation.step_settings import check_step_settings
from penstock.targets.sagemaker.validation.steps import Step, index_steps

VERSION = "2020-12-01"
# The keys that the SageMaker Python SDK 3.27 writes.
_KEYS = (
    "Version",
    "Metadata",
    "Parameters",
    "PipelineExperimentConfig",
    "MlflowConfig",
    "Steps",
)
_EXPERIMENT_KEYS = ("ExperimentName", "TrialName")

_OWN_CHECKS: Mapping[str, Callable[[Step, Expressions, Report], None]] = {
    "Condition": check_condition_step,
    "Fail": check_fail_step,
    "Callback": check_callback_step,
    "Lambda": check_lambda_step,
    "QualityCheck": check_quality_step,
    "ClarifyCheck": check_quality_step,
    "EMR": check_emr_step,
    "EMRServerless": check_emr_serverless_step,
    "ForEach": check_for_each_step,
}


def check_definition(definition: Mapping[str, object], where: str) -> list[Finding]:
    """Check a definition without a service, a region or credentials.

    Args:
        definition: The definition as parsed JSON.
        where: Name of the document, put before every place.

    Returns:
        Every finding, in the order of the checks and of the document. A definition is accepted
        when `errors_of` them is empty.
    """
    report = Report(where)
    if not isinstance(definition, Mapping):
        report.error("", f"is {describe(definition)}.", "A definition is an object with Steps.")
        return report.findings
    _check_top(definition, report)
    parameters = read_parameters(definition.get("Parameters"), report)
    index = index_steps(definition.get("Steps", []), report)
    expressions = Expressions(parameters, index, report)
    _check_experiment(definition.get("PipelineExperimentConfig"), expressions, report)
    expressions.walk(definition.get("MlflowConfig"), "MlflowConfig", None)
    for step in index.steps:
        check_step_settings(step, report)
        if step.type.request:
            check_arguments(step, expressions, report)
            check_job_rules(step, report)
        check_property_files(step, report)
        own = _OWN_CHECKS.get(step.type_name)
        if own is not None:
            own(step, expressions, report)
        elif not step.type.request:
            expressions.walk(step.body.get("Arguments"), f"{step.path}.Arguments", step)
    check_graph(index, expressions.edges, report)
    return report.findings


def _check_top(definition: Mapping[str, object], report: Report) -> None:
    for key in definition:
        if key not in _KEYS:
            report.error(str(key), "is unknown.", known_names(str(key), _KEYS))
    version = definition.get("Version")
    if version is None:
        # AWS's published schema does not require it.
        report.warning("Version", "is missing.", f"Write {VERSION!r}.")
    elif version != VERSION:
        report.error("Version", f"there is no version {version!r}.", f"Write {VERSION!r}.")
    metadata = definition.get("Metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        report.error("Metadata", f"is {describe(metadata)}.", "Write an object, or leave it out.")
    if "Steps" not in definition:
        report.error("Steps", "is missing.", "List the steps.")
    elif definition["Steps"] == []:
        report.error("Steps", "is empty.", "A pipeline has at least one step.")


def _check_experiment(config: object, expressions: Expressions, report: Report) -> None:
    path = "PipelineExperimentConfig"
    if config is None:
        return
    if not isinstance(config, Mapping):
        report.error(path, f"is {describe(config)}.", "Write an object, or leave it out.")
        return
    for key in config:
        if key not in _EXPERIMENT_KEYS:
            report.error(f"{path}.{key}", "is unknown.", known_names(str(key), _EXPERIMENT_KEYS))
    expressions.walk(config, path, None)

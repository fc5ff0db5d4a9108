"""Steps that send no request of SageMaker's own API: Fail, Callback, Lambda, EMR, ForEach, …

Sources: the step classes of the SageMaker Python SDK 3.27, which refuse the same mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from penstock.targets.sagemaker.validation.expressions import Expressions, is_expression
from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import ScalarKind, describe, kind_of_value
from penstock.targets.sagemaker.validation.steps import Step

# botocore's FailStepMetadata.ErrorMessage.
_MESSAGE_LENGTH = 3072
_OUTPUT_TYPES = ("String", "Integer", "Boolean", "Float")
_ADDRESSES = {
    "SqsQueueUrl": (re.compile(r"https?://\S+"), "the URL of an SQS queue"),
    "FunctionArn": (
        re.compile(r"arn:[\w\-]+:lambda:[\w\-]+:\d{12}:function:[\w\-:$]+"),
        "the ARN of a Lambda function",
    ),
}
_CHECK_TYPES = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}
_MAX_ITEMS = 100
_MAX_CONCURRENCY = 50


def check_fail_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check a Fail step: one error message, at most 3,072 characters."""
    arguments = _arguments(step, ("ErrorMessage",), report)
    if arguments is None:
        return
    path = f"{step.path}.Arguments.ErrorMessage"
    message = arguments.get("ErrorMessage")
    if is_expression(message):
        kind = expressions.resolve(message, path, step).kind
        if not kind.fits(ScalarKind.STRING):
            report.error(
                path,
                f"is of type {kind.value}, and a string is wanted.",
                'Turn it into text: {"Std:Join": {"On": "", "Values": [...]}}.',
            )
    elif not isinstance(message, str):
        what = "is missing." if message is None else f"is {describe(message)}."
        report.error(path, what, "Say in a string why the pipeline fails.")
    elif len(message) > _MESSAGE_LENGTH:
        report.error(path, f"has {len(message)} characters.", f"Use at most {_MESSAGE_LENGTH}.")


def check_callback_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check a Callback step: its queue, its inputs and its outputs."""
    _check_address(step, "SqsQueueUrl", expressions, report)
    _check_inputs(step, expressions, report)
    _check_outputs(step, report)


def check_lambda_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check a Lambda step: its function, its inputs and its outputs."""
    _check_address(step, "FunctionArn", expressions, report)
    _check_inputs(step, expressions, report)
    _check_outputs(step, report)


def check_quality_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check what a QualityCheck or ClarifyCheck step has beside its processing job."""
    kinds = _CHECK_TYPES[step.type_name]
    kind = step.body.get("CheckType")
    if kind not in kinds:
        what = "is missing." if kind is None else f"there is no {step.type_name} {kind!r}."
        report.error(f"{step.path}.CheckType", what, known_names(str(kind), kinds))
    for key in ("SkipCheck", "FailOnViolation", "RegisterNewBaseline"):
        value = step.body.get(key)
        if is_expression(value):
            found = expressions.resolve(value, f"{step.path}.{key}", step).kind
            if not found.fits(ScalarKind.BOOLEAN):
                report.error(
                    f"{step.path}.{key}",
                    f"is of type {found.value}, and true or false is wanted.",
                    "Refer to a value of type Boolean.",
                )
        elif value is not None and not isinstance(value, bool):
            report.error(f"{step.path}.{key}", f"is {describe(value)}.", "Write true or false.")
    for key in (
        "ModelPackageGroupName",
        "SuppliedBaselineStatistics",
        "SuppliedBaselineConstraints",
        "ModelName",
    ):
        value = step.body.get(key)
        if is_expression(value):
            expressions.walk(value, f"{step.path}.{key}", step)
        elif value is not None and not isinstance(value, str):
            report.error(f"{step.path}.{key}", f"is {describe(value)}.", "Write a string.")


def check_emr_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check an EMR step: a cluster to use or to start, and what to run on it."""
    known = ("ClusterId", "ClusterConfig", "StepConfig", "ExecutionRoleArn")
    arguments = _arguments(step, known, report)
    if arguments is None:
        return
    path = f"{step.path}.Arguments"
    _exactly_one(arguments, ("ClusterId", "ClusterConfig"), path, report)
    config = arguments.get("StepConfig")
    jar = config.get("HadoopJarStep") if isinstance(config, Mapping) else None
    if not isinstance(jar, Mapping) or jar.get("Jar") is None:
        report.error(
            f"{path}.StepConfig",
            "names no Jar.",
            'Write {"HadoopJarStep": {"Jar": ...}}.',
        )
    expressions.walk(arguments, path, step)


def check_emr_serverless_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check an EMRServerless step: an application to use or to start, and its job."""
    known = ("ApplicationId", "ApplicationConfig", "JobConfig", "ExecutionRoleArn")
    arguments = _arguments(step, known, report)
    if arguments is None:
        return
    path = f"{step.path}.Arguments"
    _exactly_one(arguments, ("ApplicationId", "ApplicationConfig"), path, report)
    job = arguments.get("JobConfig")
    if not isinstance(job, Mapping) or job.get("jobDriver") is None:
        report.error(f"{path}.JobConfig", "has no jobDriver.", "Say what the job runs.")
    expressions.walk(arguments, path, step)


def check_for_each_step(step: Step, expressions: Expressions, report: Report) -> None:
    """Check a ForEach step: 1 to 100 items, a concurrency of 1 to 50, a body."""
    known = ("IterableItems", "MaxConcurrency", "Selector", "ForEachBody")
    arguments = _arguments(step, known, report)
    if arguments is None:
        return
    path = f"{step.path}.Arguments"
    items = arguments.get("IterableItems")
    if isinstance(items, list):
        if not 1 <= len(items) <= _MAX_ITEMS:
            report.error(
                f"{path}.IterableItems",
                f"has {len(items)} items.",
                f"Give 1 to {_MAX_ITEMS} items.",
            )
        for position, item in enumerate(items):
            if not is_expression(item) and kind_of_value(item) is None:
                report.error(
                    f"{path}.IterableItems[{position}]",
                    f"{describe(item)} is no item.",
                    "Write a string, a number, a boolean or a reference; an object as JSON text.",
                )
    elif not is_expression(items):
        what = "is missing." if items is None else f"is {describe(items)}."
        report.error(
            f"{path}.IterableItems", what, "Write a list, or refer to a JSON list as text."
        )
    expressions.walk(items, f"{path}.IterableItems", step)
    concurrency = arguments.get("MaxConcurrency")
    if (
        isinstance(concurrency, bool)
        or not isinstance(concurrency, int)
        or not 1 <= concurrency <= _MAX_CONCURRENCY
    ):
        shown = describe(concurrency) if not isinstance(concurrency, int) else str(concurrency)
        report.error(
            f"{path}.MaxConcurrency",
            f"{shown} is out of bounds." if concurrency is not None else "is missing.",
            f"Give an integer from 1 to {_MAX_CONCURRENCY}.",
        )
    if not arguments.get("ForEachBody"):
        report.error(f"{path}.ForEachBody", "is empty.", "Put at least one step into it.")
    expressions.walk(arguments.get("Selector"), f"{path}.Selector", step)


def _arguments(step: Step, known: tuple[str, ...], report: Report) -> Mapping[str, object] | None:
    path = f"{step.path}.Arguments"
    arguments = step.body.get("Arguments")
    if not isinstance(arguments, Mapping):
        what = "is missing." if arguments is None else f"is {describe(arguments)}."
        report.error(path, what, f"Give {', '.join(known)}.")
        return None
    for key in arguments:
        if key not in known:
            report.error(f"{path}.{key}", "is unknown.", known_names(str(key), known))
    return arguments


def _exactly_one(
    arguments: Mapping[str, object], keys: tuple[str, str], path: str, report: Report
) -> None:
    given = [key for key in keys if arguments.get(key) is not None]
    if len(given) != 1:
        what = f"has both {' and '.join(keys)}." if given else f"has neither {' nor '.join(keys)}."
        report.error(path, what, f"Give either {keys[0]} or {keys[1]}.")


def _check_address(step: Step, key: str, expressions: Expressions, report: Report) -> None:
    form, noun = _ADDRESSES[key]
    value = step.body.get(key)
    path = f"{step.path}.{key}"
    if is_expression(value):
        expressions.walk(value, path, step)
    elif value is None:
        report.error(path, "is missing.", f"Write {noun}.")
    elif not isinstance(value, str) or not form.fullmatch(value):
        shown = repr(value) if isinstance(value, str) else describe(value)
        report.error(path, f"{shown} is not {noun}.", f"Write {noun}.")


def _check_inputs(step: Step, expressions: Expressions, report: Report) -> None:
    path = f"{step.path}.Arguments"
    arguments = step.body.get("Arguments")
    if arguments is None:
        return
    if not isinstance(arguments, Mapping):
        report.error(path, f"is {describe(arguments)}.", "Write the inputs by name.")
        return
    expressions.walk(arguments, path, step)


def _check_outputs(step: Step, report: Report) -> None:
    declared = step.body.get("OutputParameters")
    path = f"{step.path}.OutputParameters"
    if declared is None:
        return
    if not isinstance(declared, list):
        report.error(path, f"is {describe(declared)}.", "Write a list of outputs.")
        return
    seen: set[str] = set()
    for position, output in enumerate(declared):
        place = f"{path}[{position}]"
        if not isinstance(output, Mapping):
            report.error(place, f"is {describe(output)}.", "Give OutputName and OutputType.")
            continue
        name, kind = output.get("OutputName"), output.get("OutputType")
        for key in output:
            if key not in ("OutputName", "OutputType"):
                remedy = known_names(str(key), ("OutputName", "OutputType"))
                report.error(f"{place}.{key}", "is unknown.", remedy)
        if not isinstance(name, str) or not name:
            report.error(place, "has no OutputName.", "Give the output a name.")
        elif name in seen:
            report.error(f"{place}.OutputName", f"{name!r} is declared twice.", "Declare it once.")
        else:
            seen.add(name)
        if kind not in _OUTPUT_TYPES:
            what = "has no OutputType." if kind is None else f"there is no type {kind!r}."
            where = place if kind is None else f"{place}.OutputType"
            report.error(where, what, known_names(str(kind), _OUTPUT_TYPES))

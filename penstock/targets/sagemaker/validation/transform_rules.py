"""Rules of CreateModel and CreateTransformJob that no shape states.

Source: CreateModel, CreateTransformJob and DataProcessing in the SageMaker API reference;
"Associate Prediction Results with Input Records" in the developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from penstock.targets.sagemaker.validation.expressions import is_expression
from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.steps import Step

_MOST_IN_FLIGHT_MB = 100
_READABLE = ("text/csv", "application/json", "application/jsonlines")
_NAMES = r"'[^']+'(?:\s*,\s*'[^']+')*"
_PLACE = r"(?:-?\d*:-?\d*|-?\d+)"
_PATH = re.compile(rf"\$(?:\.[A-Za-z_][\w-]*|\[\s*(?:{_NAMES}|{_PLACE}(?:\s*,\s*{_PLACE})*)\s*\])*")


def check_transform(step: Step, report: Report) -> None:
    """Check a Transform step."""
    path, arguments = f"{step.path}.Arguments", step.arguments
    source, target = _object(arguments, "TransformInput"), _object(arguments, "TransformOutput")
    payload, at_once = arguments.get("MaxPayloadInMB", 6), arguments.get("MaxConcurrentTransforms")
    if _number(payload) * _number(at_once) > _MOST_IN_FLIGHT_MB:
        report.error(
            f"{path}.MaxConcurrentTransforms",
            f"{at_once} requests of {payload} MB are over {_MOST_IN_FLIGHT_MB} MB at a time.",
            "Lower MaxConcurrentTransforms or MaxPayloadInMB.",
        )
    split = source.get("SplitType", "None")
    strategy = arguments.get("BatchStrategy")
    if split == "None" and strategy is not None:
        report.warning(
            f"{path}.BatchStrategy",
            f"{strategy} has no effect: SplitType None takes each file as one record.",
            "Set TransformInput.SplitType to Line, or leave BatchStrategy out.",
        )
    if strategy == "SingleRecord" and split in ("RecordIO", "TFRecord"):
        report.error(
            f"{path}.BatchStrategy",
            f"SingleRecord needs SplitType Line, and it is {split}.",
            "Set TransformInput.SplitType to Line.",
        )
    _check_processing(arguments, source, target, path, report)


def _check_processing(
    arguments: Mapping[str, object],
    source: Mapping[str, object],
    target: Mapping[str, object],
    path: str,
    report: Report,
) -> None:
    processing = _object(arguments, "DataProcessing")
    filters = [name for name in ("InputFilter", "OutputFilter") if name in processing]
    joins = processing.get("JoinSource", "None") == "Input"
    if not filters and not joins:
        return
    place = f"{path}.DataProcessing"
    media = source.get("ContentType")
    if isinstance(media, str) and media.partition(";")[0].strip().lower() not in _READABLE:
        report.error(
            place,
            f"needs records that the service can read, and ContentType is {media!r}.",
            f"Use one of: {', '.join(_READABLE)}.",
        )
    if joins and source.get("SplitType", "None") != target.get("AssembleWith", "None"):
        report.error(
            f"{path}.TransformOutput.AssembleWith",
            "is not SplitType, and each answer is joined to its record.",
            "Make it the same as TransformInput.SplitType.",
        )
    accept = target.get("Accept")
    if joins and isinstance(accept, str) and isinstance(media, str) and accept != media:
        report.warning(
            f"{path}.TransformOutput.Accept",
            f"{accept!r} is not the ContentType {media!r}: the two cannot be joined.",
            "Make them the same.",
        )
    for name in filters:
        text = processing[name]
        if isinstance(text, str) and not _PATH.fullmatch(text):
            report.error(
                f"{place}.{name}",
                f"{text!r} is no JSONPath that the service reads.",
                "Write it like $, $[1:], $[0,-1], $.features or $['id','SageMakerOutput'].",
            )


def check_container(container: Mapping[str, object], path: str, report: Report) -> None:
    """Check a container of a model."""
    if container.get("ModelDataUrl") is not None and container.get("ModelDataSource") is not None:
        report.error(path, "has both ModelDataUrl and ModelDataSource.", "Give one of them.")
    if container.get("Image") is None and container.get("ModelPackageName") is None:
        report.error(path, "names no image and no model package.", "Add Image.")
    data = _object(_object(container, "ModelDataSource"), "S3DataSource")
    uri = data.get("S3Uri")
    if data.get("S3DataType") == "S3Prefix" and isinstance(uri, str) and not uri.endswith("/"):
        report.error(
            f"{path}.ModelDataSource.S3DataSource.S3Uri",
            f"{uri!r} is a prefix, which ends in a slash.",
            "Add the slash.",
        )


def _number(value: object) -> int:
    """Return a number; 0 for what is only known when the pipeline runs."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _object(owner: Mapping[str, object], member: str) -> Mapping[str, object]:
    value = owner.get(member)
    return value if isinstance(value, Mapping) and not is_expression(value) else {}

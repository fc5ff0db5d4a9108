"""Ways to hand data over that the service has and this machine has not: refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.errors import DefinitionError, Problem, StepError
from penstock.targets.local.definition import Definition
from penstock.targets.local.documents import Document

_MODES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Processing": {
        "ProcessingInputs[].S3Input.S3DataType": ("S3Prefix",),
        "ProcessingInputs[].S3Input.S3InputMode": ("File",),
        "ProcessingInputs[].S3Input.S3CompressionType": ("None",),
        "ProcessingOutputConfig.Outputs[].FeatureStoreOutput": (),
    },
    "Training": {
        "AlgorithmSpecification.TrainingInputMode": ("File", "FastFile"),
        "InputDataConfig[].CompressionType": ("None",),
        "InputDataConfig[].DataSource.S3DataSource.S3DataType": ("S3Prefix",),
        "InputDataConfig[].InputMode": ("File", "FastFile"),
        "InputDataConfig[].RecordWrapperType": ("None",),
        "OutputDataConfig.CompressionType": ("GZIP",),
    },
    "Transform": {
        "TransformInput.CompressionType": ("None",),
        "TransformInput.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
    },
}
"""By the path of a member, the values that run here, none where the member itself does not."""


def require_known_modes(definition: Definition) -> None:
    """Refuse what can be told before the run starts.

    Raises:
        DefinitionError: Every mode that does not run here.
    """
    problems = [
        problem
        for step in definition.steps.values()
        for problem in _problems(step.type, step.arguments, f"step {step.name}")
    ]
    if problems:
        raise DefinitionError(problems)


def require_modes(kind: str, arguments: Document) -> None:
    """Refuse modes of one step whose references are resolved.

    Raises:
        StepError: Every mode that does not run here.
    """
    problems = list(_problems(kind, arguments, ""))
    if problems:
        raise StepError(problems)


def host_count(arguments: Document) -> int:
    """Return how many hosts a job asks for; 1 where it does not say."""
    for path in ("ProcessingResources.ClusterConfig.InstanceCount", "ResourceConfig.InstanceCount"):
        for _, count in _found(arguments, path.split("."), ""):
            if isinstance(count, int):
                return count
    return 1


def _problems(kind: str, arguments: Document, where: str) -> Iterator[Problem]:
    for path, allowed in _MODES.get(kind, {}).items():
        for place, value in _found(arguments, path.split("."), ""):
            if not allowed:
                yield Problem(f"this machine has no {place}.", where, "Leave it out.")
            elif isinstance(value, str) and value not in allowed:
                yield Problem(
                    f"{place} is {value}, which this machine has not.",
                    where,
                    f"Use {' or '.join(allowed)}.",
                )


def _found(value: Any, path: list[str], before: str) -> Iterator[tuple[str, Any]]:
    """Yield what lies at a path, `[]` standing for every member of a list, and where it is."""
    if not path:
        yield before, value
        return
    name = path[0].removesuffix("[]")
    if not isinstance(value, Mapping) or value.get(name) is None:
        return
    place = f"{before}.{name}" if before else name
    if path[0].endswith("[]"):
        members = value[name] if isinstance(value[name], list) else []
        for number, member in enumerate(members):
            yield from _found(member, path[1:], f"{place}[{number}]")
    else:
        yield from _found(value[name], path[1:], place)

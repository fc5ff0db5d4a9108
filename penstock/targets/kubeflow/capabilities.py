"""What Kubeflow can do, as data, and the check of a document against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import Problem
from penstock.targets.kubeflow.ir_document import IRDocument


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target runs.

    Attributes:
        step_kinds: Kinds of `@component` that have a form there.
        retries_user_errors: Whether a retry repeats a fault of the component itself.
        reads_local_files: Whether a step can read a folder of the submitting machine.
        platforms: Platforms whose settings its backend understands.
    """

    step_kinds: frozenset[str]
    retries_user_errors: bool
    reads_local_files: bool
    platforms: frozenset[str]


CAPABILITIES = Capabilities(
    step_kinds=frozenset({"processing", "training", "register", "fail"}),
    retries_user_errors=True,
    reads_local_files=False,
    platforms=frozenset({"kubernetes"}),
)


def check_submission(document: IRDocument, parameters: Mapping[str, object]) -> Iterator[Problem]:
    """Yield everything that Kubeflow could not run as meant.

    Args:
        document: The compiled pipeline, with the settings of all platforms.
        parameters: Values that the run is started with.
    """
    tasks = (
        document.platforms.get("platforms", {})
        .get("sagemaker", {})
        .get("deploymentSpec", {})
        .get("executors", {})
    )
    for settings in tasks.values():
        kind = settings.get("step", "processing")
        if kind not in CAPABILITIES.step_kinds:
            yield Problem(
                f"a {kind!r} step has no form on Kubeflow.",
                str(settings.get("source", "")),
                f"Use one of: {', '.join(sorted(CAPABILITIES.step_kinds))}.",
            )
    declared = _declared(document)
    for name in sorted(set(parameters) - set(declared)):
        known = ", ".join(sorted(declared)) or "none"
        yield Problem(
            f"the pipeline {document.name!r} has no parameter {name!r}.",
            f"--set {name}",
            f"Use one of: {known}.",
        )
    values = {name: details.get("defaultValue") for name, details in declared.items()}
    for name, value in (values | dict(parameters)).items():
        if name == "source" and (not value or _is_local(value)):
            yield Problem(
                f"a pod cannot read {str(value)!r} on this machine."
                if value
                else "a pod cannot read the data that a use case generates on this machine.",
                "--source",
                "Give an address that the cluster reaches, such as s3://bucket/folder.",
            )


def _declared(document: IRDocument) -> Mapping[str, Mapping[str, Any]]:
    definitions = document.specification["root"].get("inputDefinitions", {})
    declared: Mapping[str, Mapping[str, Any]] = definitions.get("parameters", {})
    return declared


def _is_local(value: object) -> bool:
    return isinstance(value, str) and ("://" not in value or value.startswith("file://"))

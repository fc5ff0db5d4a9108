"""Where the data of a job's inputs are: the URI of an artifact or of a step's output parameters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from penstock.targets.sagemaker.plan import Plan, model_output
from penstock.targets.sagemaker.references import Expression, join
from penstock.targets.sagemaker.steps import Step

PARAMETERS_OUTPUT = "parameters"
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Source:
    """A URI, and the folder within the archive there (`.` for its root); no archive if empty.

    `whole`: what is there was not written by the adapter, and is the artifact as it is.
    """

    uri: Expression
    member: str = ""
    whole: bool = False


def artifact_source(plan: Plan, producer: Step, output: str) -> Source:
    """Return where a step put an artifact."""
    name = plan.names[producer.path]
    if producer.kind == "transform":
        return Source({"Get": f"Steps.{name}.TransformOutput.S3OutputPath"}, whole=True)
    if producer.kind != "training":
        return Source(_processing_output(name, output))
    if output == model_output(producer):
        return Source({"Get": f"Steps.{name}.ModelArtifacts.S3ModelArtifacts"}, ".")
    return Source(_training_archive(name), output)


def parameters_source(plan: Plan, producer: Step) -> Source:
    """Return where a step put its output parameters."""
    name = plan.names[producer.path]
    if producer.kind == "training":
        return Source(_training_archive(name), PARAMETERS_OUTPUT)
    return Source(_processing_output(name, PARAMETERS_OUTPUT))


def input_name(*parts: str) -> str:
    """Return a name that fits a channel: 64 characters of letters, digits, dots and dashes."""
    name = "".join(
        character if character.isalnum() or character in "-_." else "-"
        for character in "-".join(parts)
    )
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _processing_output(step_name: str, output: str) -> Expression:
    return {"Get": f"Steps.{step_name}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}


def _training_archive(step_name: str) -> Expression:
    """`output.tar.gz` has no member of its own in DescribeTrainingJob; its place is documented."""
    return join(
        "/",
        [
            {"Get": f"Steps.{step_name}.OutputDataConfig.S3OutputPath"},
            {"Get": f"Steps.{step_name}.TrainingJobName"},
            "output",
            "output.tar.gz",
        ],
    )

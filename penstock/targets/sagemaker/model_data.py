"""Where the files of a model are that a Model or RegisterModel step names."""

from __future__ import annotations

from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.inputs import artifact_source
from penstock.targets.sagemaker.plan import Plan
from penstock.targets.sagemaker.references import RefusedValueError, as_text, join
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.values import Absent, ImportedArtifact, StepArtifact

PAYLOAD = "data"
"""How an artifact's folder calls what is in it; see docs/architecture.md."""


def model_data(plan: Plan, step: Step, name: str) -> dict[str, Any]:
    """Return where a model's files are: an archive, or the folder that a processing job wrote.

    Raises:
        RefusedValueError: They lie in the output archive of a training job, or are absent.
    """
    match step.artifacts.get(name, Absent()):
        case StepArtifact(step=producer, output=output):
            source = artifact_source(plan, plan.step(producer), output)
            if source.member == ".":
                return {"ModelDataUrl": source.uri}
            if source.member or source.whole:
                raise RefusedValueError(unreadable(name, plan.names[producer]))
            return {
                "ModelDataSource": {
                    "S3DataSource": {
                        "S3Uri": join("/", [source.uri, PAYLOAD, ""]),
                        "S3DataType": "S3Prefix",
                        "CompressionType": "None",
                    }
                }
            }
        case ImportedArtifact(uri=uri):
            return {"ModelDataUrl": as_text(uri, plan.names, plan.readable)}
        case _:
            raise RefusedValueError(Problem(f"the input `{name}` is missing.", remedy="Give it."))


def unreadable(name: str, producer: str) -> Problem:
    """Say that an input lies where a model or transform step cannot refer to it."""
    return Problem(
        f"`{name}` comes from `{producer}` in a form that this step cannot read.",
        remedy="Write it in a processing component, a model also in a training one.",
    )

"""What a step is given to run with, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.targets.local.documents import Document
from penstock.targets.local.events import Notice
from penstock.targets.local.images import Images
from penstock.targets.local.jobs.launch import Cancellation, Launcher
from penstock.targets.local.result import Output
from penstock.targets.local.store.port import Stores

Function = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""Stands for a Lambda function or answers a callback: takes the inputs, returns the outputs."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all steps of a run share.

    Attributes:
        execution_id: Of the run.
        project: The folder that holds the components.
        stores: Where artifacts are.
        images: Which command stands for an image.
        launcher: Runs jobs.
        cancellation: Tells them to stop.
        registry: URI of the model registry.
        functions: Stand for Lambda functions and callbacks, by step, function or queue name.
        needs_s3: Whether jobs get the AWS settings and credentials of this process.
        passed: Further variables of this process that jobs may see.
        listener: Hears notices.
        memory: Bytes that jobs may hold, by instance type; jobs on others hold what there is.
    """

    execution_id: str
    project: Path
    stores: Stores
    images: Images
    launcher: Launcher
    cancellation: Cancellation
    registry: str
    functions: Mapping[str, Function]
    needs_s3: bool
    passed: tuple[str, ...]
    listener: Callable[[Notice], None]
    memory: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one step.

    Attributes:
        step: Name of the step.
        arguments: The request that the service would send, references resolved.
        document: The step itself, references resolved.
        folder: Belongs to this try alone.
        step_folder: Shared by all tries of the step.
        models: What Model steps of this run made, by the model's name.
    """

    step: str
    arguments: Document
    document: Document
    folder: Path
    step_folder: Path
    surroundings: Surroundings
    models: Mapping[str, Document] = field(default_factory=dict)

    @property
    def job_name(self) -> str:
        """Name of the job that the service would make."""
        return job_name(self.surroundings.execution_id, self.step)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step gave.

    Attributes:
        properties: What the service's Describe call would answer.
        outputs: Artifacts by name.
        parameters: Output parameters by name.
    """

    properties: Document = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


class WaitingForAnswerError(Exception):
    """The step waits for somebody; the run can go on without this process."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def job_name(execution_id: str, step: str) -> str:
    """Return a name as the service forms them: `pipelines-4m2x0c9q1z7k-train-1f0c23ab9d`."""
    import hashlib

    short = "".join(sign if sign.isalnum() else "-" for sign in step)[:20].strip("-")
    mark = hashlib.sha256(f"{execution_id}/{step}".encode()).hexdigest()[:10]
    return f"pipelines-{execution_id}-{short}-{mark}"


def local_arn(kind: str, name: str) -> str:
    """Return an ARN of the form that the service gives."""
    return f"arn:aws:sagemaker:local:000000000000:{kind}/{name}"

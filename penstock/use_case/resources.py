"""What the steps need to run."""

from __future__ import annotations

from pydantic import Field

from penstock.use_case.base import Settings


class Resources(Settings):
    """Size of one step, on any target."""

    cpu: int = Field(default=2, ge=1)
    """Cores."""
    memory: str = Field(default="4G", pattern=r"^\d+(\.\d+)?[MG]$")
    """Memory, such as `4G`."""


class StepResources(Settings):
    """Sizes by step."""

    preprocess: Resources = Resources()
    train: Resources = Resources()
    evaluate: Resources = Resources()
    prepare: Resources = Resources()
    batch_transform: Resources = Resources()
    publish: Resources = Resources()


class SagemakerStep(Settings):
    """What only SageMaker knows about a step."""

    instance_type: str = Field(default="", pattern=r"^(ml\.[a-z0-9-]+\.[a-z0-9]+)?$")
    """Empty: the smallest that fits the step's resources."""
    volume_gb: int = Field(default=30, ge=1, le=16384)
    """Size of the disk."""
    max_runtime_seconds: int = Field(default=86_400, ge=1, le=432_000)
    """After this time the job is stopped."""
    spot: bool = False
    """Spare capacity: cheaper, may be interrupted (training only)."""
    max_wait_seconds: int | None = Field(default=None, ge=1)
    """Longest wait for spare capacity and run together; None: twice the runtime."""
    warm_pool_seconds: int = Field(default=0, ge=0, le=3600)
    """How long the instance is kept for the next job (training only)."""


class Sagemaker(Settings):
    """SageMaker's settings by step."""

    preprocess: SagemakerStep = SagemakerStep()
    train: SagemakerStep = SagemakerStep()
    evaluate: SagemakerStep = SagemakerStep()
    prepare: SagemakerStep = SagemakerStep()
    batch_transform: SagemakerStep = SagemakerStep()
    publish: SagemakerStep = SagemakerStep()

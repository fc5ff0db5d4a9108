"""Names that the service forms: ARNs, and what belongs to a kind of job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moto.utilities.utils import get_partition

_LOCAL = ":sagemaker:local:000000000000:"
"""What the local executor writes into ARNs."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job.

    Attributes:
        name: As operations and members call it: `DescribeProcessingJob`, `ProcessingJobName`.
        resource: As ARNs call it.
        log_group: Where its logs go.
        host: What the name of a host begins with in the names of log streams.
    """

    name: str
    resource: str
    log_group: str
    host: str


JOB_KINDS: Mapping[str, JobKind] = {
    "Processing": JobKind(
        "ProcessingJob", "processing-job", "/aws/sagemaker/ProcessingJobs", "algo-1-"
    ),
    "Training": JobKind("TrainingJob", "training-job", "/aws/sagemaker/TrainingJobs", "algo-1-"),
    "Transform": JobKind("TransformJob", "transform-job", "/aws/sagemaker/TransformJobs", "i-"),
}
"""By the type of the step."""


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a Region."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """Such as `aws`."""
        return str(get_partition(self.region))

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a SageMaker resource."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def localised(self, text: str) -> str:
        """Return a text whose ARNs of the local executor are those of this place."""
        there = f":sagemaker:{self.region}:{self.account}:"
        return text.replace(f"arn:aws{_LOCAL}", f"arn:{self.partition}{there}")

"""What a step's job was started with, as the service tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.errors import Problem, RequestError
from penstock.executions.execution import Snapshot, Step

_KINDS = {"Processing": "ProcessingJob", "Training": "TrainingJob"}
_NOT_OF_THE_STEP = ("Tags", "ExperimentConfig", "NetworkConfig", "VpcConfig", "ProfilerConfig")
_LONGEST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Record:
    """A step of an execution.

    Attributes:
        execution: ARN.
        step: Its name.
        type: `Processing` or `Training`.
        arguments: The request that started its job; every reference is resolved.
        reason: Why it failed, as the service has it; empty: it did not.
        job: Name of the job.
    """

    execution: str
    step: str
    type: str
    arguments: Mapping[str, Any]
    reason: str
    job: str

    @property
    def image(self) -> str:
        """The container image that ran."""
        named = self.arguments.get("AppSpecification") or self.arguments["AlgorithmSpecification"]
        return str(named.get("ImageUri") or named.get("TrainingImage") or "")


def record_of(snapshot: Snapshot, step: str, region: str) -> Record:
    """Return the record of a step.

    Args:
        snapshot: The execution with its steps.
        step: Name of the step; empty: the first that failed.
        region: Where.

    Raises:
        RequestError: There is no such step, it ran no job here, or its kind is none that a single
            job stands for.
        ServiceError: SageMaker refused or cannot be reached.
    """
    found = _step(snapshot, step)
    if found.kind not in _KINDS or not found.job:
        what = f"{found.name} is a {found.kind or 'step'}, of which no single job can be repeated."
        remedy = "Replay a Processing or a Training step."
        if found.reused:
            what = f"{found.name} took the result of {found.reused} and ran no job."
            remedy = "Replay the step of that execution."
        raise RequestError(Problem(what, "STEP", remedy))
    kind = _KINDS[found.kind]
    client: Any = open_client("sagemaker", region)
    operation = f"describe_{'processing' if found.kind == 'Processing' else 'training'}_job"
    with translated("sagemaker", f"the job {found.job}"):
        answer = getattr(client, operation)(**{f"{kind}Name": found.job})
    members = client.meta.service_model.operation_model(f"Create{kind}").input_shape.members
    arguments = {
        name: value
        for name, value in answer.items()
        if name in members and name not in (*_NOT_OF_THE_STEP, f"{kind}Name")
    }
    return Record(
        snapshot.execution.arn, found.name, found.kind, arguments, found.reason, found.job
    )


def _step(snapshot: Snapshot, named: str) -> Step:
    if not named:
        if snapshot.failures:
            return snapshot.failures[0]
        what = f"no step of {snapshot.execution.execution_id} failed."
        raise RequestError(Problem(what, "STEP", _names(snapshot.steps)))
    for each in snapshot.steps:
        if each.name == named:
            return each
    what = f"the execution has run no step {named!r}."
    raise RequestError(Problem(what, "STEP", _names(snapshot.steps)))


def _names(steps: Sequence[Step]) -> str:
    names = [each.name for each in steps][:_LONGEST_NAMES]
    return f"Name one of: {', '.join(names)}." if names else "It has run none yet."

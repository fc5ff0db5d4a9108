"""The model that an execution has registered, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.runtime.errors import Refused
from infra.runtime.package_arns import execution_arn, package_arn
from infra.runtime.registered_model import registered_by, steps_of
from infra.runtime.source_package import source_package


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model in dev.

    Attributes:
        package: ARN of the version.
        evidence: Where its evidence pack is; empty: it has none.
        metrics: Where its metrics are; empty: it has none.
    """

    package: str
    evidence: str
    metrics: str


def registered_candidate(dev: Any, execution: Mapping[str, Any], group: str) -> Candidate:
    """Return the candidate of an execution that is over.

    Args:
        dev: Client of SageMaker in the account of the execution.
        execution: As DescribePipelineExecution tells of it.
        group: That the candidate has to be a version of.

    Raises:
        Refused: It did not succeed, or did not register exactly one version of the group.
    """
    arn = str(execution["PipelineExecutionArn"])
    steps = steps_of(dev, arn)
    status = str(execution["PipelineExecutionStatus"])
    if status != "Succeeded":
        raise _failure(arn, status, str(execution.get("FailureReason") or ""), steps)
    package = registered_by(steps, arn)
    named, run = package_arn(package), execution_arn(arn)
    if (named.account, named.group) != (run.account, group.lower()):
        raise Refused(
            f"it registered {package}, which is no version of the group {group!r} of account "
            f"{run.account}.",
            arn,
            "Look at the pipeline's register step.",
        )
    found = source_package(dev.describe_model_package(ModelPackageName=package))
    return Candidate(package, found.evidence, found.metrics)


def _failure(
    execution: str, status: str, reason: str, steps: Sequence[Mapping[str, Any]]
) -> Refused:
    messages = [
        str(((each.get("Metadata") or {}).get("Fail") or {}).get("ErrorMessage") or "")
        for each in steps
    ]
    gates = [each for each in messages if each]
    if gates:
        return Refused(
            f"there is no candidate: {'; '.join(gates).rstrip('.')}.",
            execution,
            "Look at the evaluation, change data or training, and deliver again.",
        )
    failed = [
        f"{each['StepName']}: {str(each.get('FailureReason') or 'no reason given').rstrip('.')}"
        for each in steps
        if each.get("StepStatus") == "Failed"
    ]
    told = "; ".join(failed) or reason.rstrip(".") or "no reason given"
    return Refused(
        f"the training is {status} ({told}).", execution, "See its logs: pipeline logs EXECUTION."
    )

"""An execution and its steps, as the service tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

RUNNING = ("Executing", "Stopping")
"""States that something follows after."""

FAILED = "Failed"
_JOBS = {"ProcessingJob": "Processing", "TrainingJob": "Training", "TransformJob": "Transform"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step that has started.

    Attributes:
        kind: What it is, such as `Training`; empty where the service does not say.
        state: Starting, Executing, Stopping, Stopped, Failed or Succeeded.
        job: Name of its job; empty: it has none.
        made: ARN of what it made beside a job, such as a model package; or a branch's outcome.
        reused: ARN of the execution whose result it took; empty: it ran.
    """

    name: str
    kind: str
    state: str
    started: datetime | None
    ended: datetime | None
    attempts: int = 1
    reason: str = ""
    job: str = ""
    made: str = ""
    reused: str = ""

    def seconds(self, now: datetime) -> float | None:
        """Return how long it took, or has taken until now."""
        if self.started is None:
            return None
        return ((self.ended or now) - self.started).total_seconds()


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution.

    Attributes:
        state: Executing, Stopping, Stopped, Failed, Succeeded or CompletedWithFailures.
        changed: When its state changed last; of one that is over, when it ended.
        reason: Why it failed, as the service has it.
        selected: The steps that it ran, if it took the others' results from another execution; told
            by Describe alone.
    """

    arn: str
    state: str
    started: datetime | None = None
    changed: datetime | None = None
    reason: str = ""
    display_name: str = ""
    description: str = ""
    selected: tuple[str, ...] = ()

    @property
    def execution_id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def pipeline(self) -> str:
        """The name of its pipeline."""
        return self.arn.split(":pipeline/", 1)[-1].partition("/")[0]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in RUNNING


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An execution and its steps at one time, the steps in the order in which they started."""

    execution: Execution
    steps: tuple[Step, ...] = field(default=())

    @property
    def failures(self) -> tuple[Step, ...]:
        """The steps that failed, the first to fail first."""
        failed = [step for step in self.steps if step.state == FAILED]
        latest = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(failed, key=lambda step: step.ended or latest))


def read_execution(answer: Mapping[str, Any]) -> Execution:
    """Return what DescribePipelineExecution answers, or an entry of ListPipelineExecutions."""
    return Execution(
        arn=str(answer["PipelineExecutionArn"]),
        state=str(answer["PipelineExecutionStatus"]),
        started=answer.get("CreationTime") or answer.get("StartTime"),
        changed=answer.get("LastModifiedTime"),
        reason=_reason(answer.get("FailureReason") or answer.get("PipelineExecutionFailureReason")),
        display_name=str(answer.get("PipelineExecutionDisplayName") or ""),
        description=str(answer.get("PipelineExecutionDescription") or ""),
        selected=tuple(
            str(each["StepName"])
            for each in (answer.get("SelectiveExecutionConfig") or {}).get("SelectedSteps", ())
        ),
    )


def read_step(answer: Mapping[str, Any]) -> Step:
    """Return what an entry of ListPipelineExecutionSteps tells."""
    metadata: Mapping[str, Mapping[str, Any]] = answer.get("Metadata") or {}
    kind = next(iter(metadata), "")
    told = metadata.get(kind, {})
    arn = str(told.get("Arn") or "")
    is_job = kind in _JOBS
    cached: Mapping[str, Any] = (
        answer.get("CacheHitResult") or answer.get("SelectiveExecutionResult") or {}
    )
    return Step(
        name=str(answer["StepName"]),
        kind=_JOBS.get(kind, kind),
        state=str(answer["StepStatus"]),
        started=answer.get("StartTime"),
        ended=answer.get("EndTime"),
        attempts=int(answer.get("AttemptCount") or 1),
        reason=_reason(answer.get("FailureReason") or told.get("ErrorMessage")),
        job=arn.rpartition("/")[2] if is_job else "",
        made="" if is_job else arn or str(told.get("Outcome") or ""),
        reused=str(cached.get("SourcePipelineExecutionArn") or ""),
    )


def _reason(text: object) -> str:
    # Some servers write the word that Python has for nothing.
    return "" if text in (None, "None") else str(text)

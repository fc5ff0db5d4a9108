"""What a run gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class StepStatus(StrEnum):
    """How a step ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    """A step that it needs failed."""
    NOT_EXECUTED = "not executed"
    """It stands on a branch that was not taken, or is not selected."""


class RunStatus(StrEnum):
    """How a run ended, in the service's words."""

    SUCCEEDED = "Succeeded"
    COMPLETED_WITH_FAILURES = "CompletedWithFailures"
    FAILED = "Failed"
    STOPPED = "Stopped"
    PAUSED = "Executing"
    """A Callback step waits for its answer; the run goes on when it is resumed."""


@dataclass(frozen=True, slots=True)
class Output:
    """One artifact: where it is and what it holds.

    `digest` is `penstock.data.digest.content_digest` of the payload, of a model once unpacked.
    `mark` is what `Store.mark` said when it was published; empty where there was nothing to mark.
    """

    uri: str
    digest: str
    mark: str = field(default="", compare=False, repr=False)

    @property
    def stored_at(self) -> str:
        """The URI of the archive that the artifact is in, or its own."""
        before, archived, _ = self.uri.rpartition(".tar.gz#")
        return f"{before}.tar.gz" if archived else self.uri


@dataclass(frozen=True, slots=True)
class StepRun:
    """How one step went. Times are seconds since the epoch; None where it never started."""

    name: str
    type: str
    status: StepStatus
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    cached: bool = False
    reused: bool = False
    failure_reason: str | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run went. `steps` keeps the order of the definition."""

    execution_id: str
    status: RunStatus
    steps: Mapping[str, StepRun]
    parameters: Mapping[str, Any]
    folder: Path
    started: float
    ended: float

    @property
    def output_parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The output parameters of every step that has some."""
        return {name: step.parameters for name, step in self.steps.items() if step.parameters}

"""One execution of a delivery pipeline, and its actions."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.names import Place

WAITING, RUNNING, SUCCEEDED, FAILED = "Waiting", "InProgress", "Succeeded", "Failed"
STOPPED = "Stopped"


@dataclass(slots=True)
class Action:
    """An action of an execution.

    Attributes:
        declared: As the pipeline's definition has it.
        configuration: References resolved, once it has started.
        token: Which an answer to an approval has to name.
        job: What a function answers; empty: none is awaited.
        continuation: What the function wants to be given when it is called again.
        due: When it is called again, in seconds of the monotonic clock.
        tries: How often its function was called without an answer.
    """

    stage: str
    declared: Mapping[str, Any]
    status: str = WAITING
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = 0.0
    updated: float = 0.0
    updated_by: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    summary: str = ""
    error: str = ""
    external: str = ""
    job: str = ""
    continuation: str = ""
    due: float = 0.0
    tries: int = 0
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name within its stage."""
        return str(self.declared["name"])

    @property
    def provider(self) -> str:
        """Such as `CloudFormation`."""
        return str(self.declared["actionTypeId"]["provider"])

    @property
    def order(self) -> int:
        """Those of the same order run together."""
        return int(self.declared.get("runOrder") or 1)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in (SUCCEEDED, FAILED)

    def begin(self) -> None:
        """Note that it starts."""
        self.status, self.started, self.updated = RUNNING, time.time(), time.time()

    def end(self, status: str, *, summary: str = "", error: str = "", by: str = "") -> None:
        """Note how it ended."""
        self.status, self.updated, self.job, self.token = status, time.time(), "", ""
        self.summary, self.error = summary or self.summary, error
        self.updated_by = by or self.updated_by


@dataclass(slots=True)
class DeliveryExecution:
    """An execution.

    Attributes:
        definition: Of the pipeline as it was when this started.
        variables: Of the pipeline.
        revisions: Parameters of S3 for the object that a source takes up, by its action.
        artifacts: Bucket and key of each.
        stage: Index of the stage that it is in; -1: it waits for the first.
    """

    place: Place
    pipeline: str
    definition: Mapping[str, Any]
    variables: Mapping[str, str]
    token: str
    started_by: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = RUNNING
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    stage: int = -1
    actions: list[Action] = field(default_factory=list)
    artifacts: dict[str, tuple[str, str]] = field(default_factory=dict)
    reason: str = ""
    revisions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in (SUCCEEDED, FAILED, STOPPED)

    @property
    def stages(self) -> list[Mapping[str, Any]]:
        """The stages of its definition."""
        return list(self.definition["stages"])

    @property
    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """What actions gave out, by namespace."""
        return {
            str(each.declared["namespace"]): each.outputs
            for each in self.actions
            if each.status == SUCCEEDED and each.declared.get("namespace")
        }

    def current(self) -> list[Action]:
        """Return the actions of the stage that it is in."""
        name = self.stages[self.stage]["name"]
        return [each for each in self.actions if each.stage == name]

    def find(self, stage: str, action: str) -> Action | None:
        """Return an action that is known already."""
        for each in reversed(self.actions):
            if (each.stage, each.name) == (stage, action):
                return each
        return None

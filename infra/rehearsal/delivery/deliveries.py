"""All executions of delivery pipelines: started, advanced stage by stage, found.

Source: CodePipeline's user guide, "How pipeline executions work": an execution has a stage to
itself, and in mode QUEUED none overtakes another.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.codepipeline.models import codepipeline_backends

from infra.rehearsal.delivery.actions import Actions
from infra.rehearsal.delivery.execution import (
    FAILED,
    RUNNING,
    STOPPED,
    SUCCEEDED,
    WAITING,
    Action,
    DeliveryExecution,
)
from infra.rehearsal.delivery.references import UnknownReferenceError, resolved
from sandbox.names import Place

EXECUTION_CHANGED = "CodePipeline Pipeline Execution State Change"
Tell = Callable[[DeliveryExecution, str], None]
"""Hears of an execution and its new state, as events call it."""
_PINNED = {"S3_OBJECT_VERSION_ID": "VersionId", "S3_OBJECT_KEY": "Key"}
"""What a start may name of an object, and the parameter of S3 that takes it."""
_STATES = {RUNNING: "STARTED", SUCCEEDED: "SUCCEEDED", FAILED: "FAILED", STOPPED: "STOPPED"}


@dataclass(slots=True)
class Deliveries:
    """The executions of all accounts. Requests come from several threads; one alone advances."""

    actions: Actions
    tell: Tell
    _all: list[DeliveryExecution] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def start(
        self, place: Place, name: str, request: Mapping[str, Any], caller: str = "events"
    ) -> DeliveryExecution:
        """Start an execution, or find the one that was started with the same token.

        Args:
            request: Further members of the request: `variables`, `clientRequestToken`,
                `sourceRevisions`.
            caller: ARN of who asks.

        Raises:
            LookupError: There is no such pipeline, it has no such variable, one has no value, or
                a revision is of no source of it.
        """
        kept = codepipeline_backends[place.account][place.region].pipelines.get(name)
        if kept is None:
            raise LookupError(f"there is no pipeline {name} in {place.account}")
        declared = {
            each["name"]: each.get("defaultValue") for each in kept.pipeline.get("variables", [])
        }
        given = {str(each["name"]): str(each["value"]) for each in request.get("variables") or []}
        unknown = sorted(given.keys() - declared.keys())
        values = {key: given.get(key, default) for key, default in declared.items()}
        unset = sorted(key for key, value in values.items() if value is None)
        if unknown or unset:
            raise LookupError(f"variables of {name}: unknown {unknown}, without a value {unset}")
        revisions = _revisions(kept.pipeline, request.get("sourceRevisions") or [])
        token = str(request.get("clientRequestToken") or "")
        with self._lock:
            for each in self.of(place, name):
                if token and each.token == token:
                    return each
            variables = {key: str(value) for key, value in values.items()}
            made = DeliveryExecution(
                place, name, kept.pipeline, variables, token, caller, revisions=revisions
            )
            self._all.append(made)
        self.tell(made, _STATES[RUNNING])
        return made

    def of(self, place: Place, name: str) -> list[DeliveryExecution]:
        """Return the executions of a pipeline, the oldest first."""
        return [each for each in self._all if (each.place, each.pipeline) == (place, name)]

    def find(self, execution_id: str) -> DeliveryExecution | None:
        """Return the execution of an id."""
        return next((each for each in self._all if each.id == execution_id), None)

    def waiting(self, job: str) -> Action | None:
        """Return the action that a function's answer is for."""
        for execution in self._all:
            for action in execution.actions:
                if job and action.job == job and action.status == RUNNING:
                    return action
        return None

    def stop(self, execution: DeliveryExecution, reason: str) -> None:
        """End an execution where it is."""
        with self._lock:
            execution.reason = reason
            self._end(execution, STOPPED)

    def work(self) -> bool:
        """Advance what can be advanced; return whether anything was."""
        advanced = [self._advance(each) for each in list(self._all) if not each.is_over]
        return any(advanced)

    @property
    def is_busy(self) -> bool:
        """Whether a function is to be called again some time."""
        return any(
            action.provider == "Lambda" and action.status == RUNNING
            for execution in self._all
            if not execution.is_over
            for action in execution.actions
        )

    def _advance(self, execution: DeliveryExecution) -> bool:
        if execution.stage < 0:
            return self._enter(execution)
        stage = execution.current()
        if any(each.status == FAILED for each in stage):
            if any(each.status == RUNNING for each in stage):
                return self._go_on(execution, stage)
            failed = [f"{each.name}: {each.error}" for each in stage if each.status == FAILED]
            execution.reason = "; ".join(failed)
            self._end(execution, FAILED)
            return True
        if all(each.status == SUCCEEDED for each in stage):
            return self._enter(execution)
        return self._go_on(execution, stage)

    def _enter(self, execution: DeliveryExecution) -> bool:
        """Go to the next stage, unless an earlier execution is in it or before it."""
        following = execution.stage + 1
        if following == len(execution.stages):
            self._end(execution, SUCCEEDED)
            return True
        for other in self.of(execution.place, execution.pipeline):
            if other is execution:
                break
            if not other.is_over and other.stage <= following:
                return False
        stage = execution.stages[following]
        execution.stage = following
        execution.actions += [Action(stage["name"], each) for each in stage["actions"]]
        return True

    def _go_on(self, execution: DeliveryExecution, stage: list[Action]) -> bool:
        order = min(each.order for each in stage if not each.is_over)
        progressed = False
        for action in stage:
            if action.order != order or action.is_over:
                continue
            if action.status == WAITING:
                self._begin(execution, action)
                progressed = True
            elif action.provider == "Lambda" and 0 < action.due <= time.monotonic():
                action.due = 0.0
                self.actions.ask(execution, action)
                progressed = True
        if progressed:
            execution.updated = time.time()
        return progressed

    def _begin(self, execution: DeliveryExecution, action: Action) -> None:
        action.begin()
        try:
            action.configuration = {
                key: resolved(str(value), execution)
                for key, value in (action.declared.get("configuration") or {}).items()
            }
        except UnknownReferenceError as error:
            action.end(FAILED, error=str(error))
            return
        self.actions.begin(execution, action)

    def _end(self, execution: DeliveryExecution, status: str) -> None:
        execution.status, execution.updated = status, time.time()
        self.tell(execution, _STATES[status])


def _revisions(
    pipeline: Mapping[str, Any], given: Sequence[Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    """Return what sources are to take up, as parameters of S3 by the names of the actions."""
    sources = {str(each["name"]) for each in pipeline["stages"][0]["actions"]}
    wrong = [
        f"{each['actionName']} ({each['revisionType']})"
        for each in given
        if each["actionName"] not in sources or each["revisionType"] not in _PINNED
    ]
    if wrong:
        raise LookupError(f"no source of {pipeline['name']} takes {', '.join(wrong)}")
    return {
        each["actionName"]: {_PINNED[each["revisionType"]]: each["revisionValue"]} for each in given
    }

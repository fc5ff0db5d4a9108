"""One execution of a pipeline: what is known of it, and the process that runs it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from penstock.targets.local.steps.attempt import job_name
from sandbox import worker
from sandbox.log_streams import LogStreams
from sandbox.names import JOB_KINDS, Place
from sandbox.queues import send_question

_PROJECT = Path(__file__).resolve().parents[1]
_STEPS_FAILED = "Step failure: One or multiple steps failed."
_FINAL = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
_STEP_STATES = {"succeeded": "Succeeded", "failed": "Failed", "stopped": "Stopped"}
_LONGEST_REASON, _LONGEST_STEP_REASON = 1300, 1024
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which steps run anew: one and all that follow from it.

    Attributes:
        step: The first of them.
        selected: All of them.
        source: ARN of the execution that gives the results of the others.
    """

    step: str
    selected: tuple[str, ...]
    source: str


@dataclass(slots=True)
class StepState:
    """A step that has started.

    Attributes:
        arguments: The request for its job, references resolved.
        properties: What the job answered, once it has ended well.
        token: Of a Callback step's question; empty: it asked none.
        queue: The address of the queue that it asked through.
    """

    name: str
    type: str
    started: datetime
    status: str = "Executing"
    ended: datetime | None = None
    attempt: int = 1
    reason: str = ""
    cached: bool = False
    reused: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""
    queue: str = ""


@dataclass(slots=True)
class Execution:
    """An execution. Its process tells what happens to `_listen`; requests read what is known.

    Its jobs act in a session of `role`, the pipeline's.
    """

    execution_id: str
    pipeline: str
    place: Place
    definition: str
    given: list[dict[str, str]]
    token: str
    role: str = ""
    display_name: str = ""
    description: str = ""
    parallelism: Mapping[str, int] | None = None
    created_by: Mapping[str, Any] = field(default_factory=dict)
    listener: StatusListener | None = None
    status: str = "Executing"
    reason: str = ""
    selection: Selection | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))
    steps: dict[str, StepState] = field(default_factory=dict)
    _types: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def arn(self) -> str:
        """Its name everywhere."""
        return self.place.arn("pipeline", f"{self.pipeline}/execution/{self.execution_id}")

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _FINAL

    def job_of(self, step: StepState) -> str:
        """Return the name of a step's job, of an earlier execution where it was not run again."""
        kind = JOB_KINDS.get(step.type)
        told = step.properties.get(f"{kind.name}Name") if kind else None
        return str(told or job_name(self.execution_id, step.name))

    def start(self, request: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> None:
        """Start the process.

        Args:
            request: What `worker.run` reads.
            environment: Variables of the process, credentials among them.
            log: File for what it prints beside its events.
        """
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", worker.__name__],
                cwd=_PROJECT,
                env={**environment, "PYTHONPATH": str(_PROJECT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                # What the keyboard sends to the sandbox is none of its business.
                start_new_session=True,
            )
        self._send(request)
        self._reader = threading.Thread(target=self._listen, name=self.execution_id, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Ask the steps to stop."""
        with self._lock:
            if self.is_over or self.status == "Stopping":
                return
            self._become("Stopping")
            for step in self.steps.values():
                if step.status == "Executing":
                    step.status = "Stopping"
        self._close_input()

    def answer(self, token: str, **given: Any) -> bool:
        """Answer a Callback step; return whether one waits for this token.

        Args:
            token: Of the question.
            given: Either `outputs` or `failure`.
        """
        with self._lock:
            waits = any(
                step.token == token and step.status == "Executing" for step in self.steps.values()
            )
            if waits:
                self._send({"token": token, **given})
            return waits

    def end(self) -> None:
        """Stop, and wait for the process to be gone."""
        self.stop()
        if self._process is not None:
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        if self._reader is not None:
            self._reader.join(_PATIENCE_SECONDS)

    def _send(self, document: Mapping[str, Any]) -> None:
        assert self._process is not None  # noqa: S101  # it was started
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _listen(self) -> None:
        process = self._process
        assert process is not None  # noqa: S101  # this is its reader
        assert process.stdout is not None  # noqa: S101
        logs = LogStreams(self.place)
        for line in process.stdout:
            event = json.loads(self.place.localised(line))
            at = datetime.fromtimestamp(event["at"], UTC)
            with self._lock:
                self._take(event, at, logs)
        code = process.wait()
        process.stdout.close()
        self._close_input()
        with self._lock:
            self._close_steps()
            if self.status == "Stopping":
                self._become("Stopped")
            elif not self.is_over:
                self.reason = f"the process of the execution ended with exit code {code}."
                self._become("Failed")

    def _take(self, event: Mapping[str, Any], at: datetime, logs: LogStreams) -> None:
        match event["event"]:
            case worker.STARTED:
                self._types = event["steps"]
            case worker.STEP_STARTED:
                name = str(event["step"])
                step = self.steps.setdefault(name, StepState(name, self._types[name], at))
                step.attempt, step.arguments = int(event["attempt"]), event["arguments"]
                logs.open(name, step.type, self.job_of(step), at)
            case worker.LOG:
                logs.write(str(event["step"]), event["lines"], at)
            case worker.ASKED:
                self._ask(event)
            case worker.STEP_ENDED:
                self._end_step(event, at)
            case worker.REFUSED:
                self.reason = str(event["reason"])[:_LONGEST_REASON]
                self._become("Failed")
            case worker.ENDED:
                self._close_steps()
                if event["status"] in _FINAL:
                    failed = event["status"] == "Failed"
                    self.reason = _STEPS_FAILED if failed else ""
                    self._become(str(event["status"]))

    def _ask(self, event: Mapping[str, Any]) -> None:
        step = self.steps[str(event["step"])]
        step.token, step.queue = str(event["token"]), str(event["queue"])
        problem = send_question(self.place, self.arn, step, event["arguments"])
        if problem:
            self._send({"token": step.token, "failure": problem})

    def _end_step(self, event: Mapping[str, Any], at: datetime) -> None:
        status = _STEP_STATES.get(str(event["status"]))
        if status is None:  # The service lists nothing that never started.
            return
        name = str(event["step"])
        step = self.steps.setdefault(name, StepState(name, str(event["type"]), at))
        step.status, step.ended = status, at
        step.cached, step.reused = bool(event["cached"]), bool(event["reused"])
        step.properties = event["properties"]
        step.reason = str(event["failure_reason"] or "")[:_LONGEST_STEP_REASON]
        step.arguments = step.arguments or step.properties

    def _close_steps(self) -> None:
        """End what was cut off with its process."""
        for step in self.steps.values():
            if step.ended is None:
                step.ended = datetime.now(UTC)
                step.status = "Stopped" if self.status == "Stopping" else "Failed"

    def _become(self, status: str) -> None:
        before, self.status, self.changed = self.status, status, datetime.now(UTC)
        if self.listener is not None:
            self.listener(self, before)


StatusListener = Callable[[Execution, str], None]
"""Hears of an execution whose status changed, and what it was before."""

"""Runs the steps of a definition in the order of their needs, independent ones side by side."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from penstock.errors import WorkError
from penstock.targets.local.definition import Definition, Step
from penstock.targets.local.events import Event, Notice, StepEnded
from penstock.targets.local.jobs.launch import Cancellation
from penstock.targets.local.readiness import Readiness, readiness
from penstock.targets.local.result import RunStatus, StepRun, StepStatus
from penstock.targets.local.step_runner import StepEnding, StepRunner
from penstock.targets.local.steps.attempt import WaitingForAnswerError

_AT_ONCE = ("Condition", "Fail", "Model")
"""Step types without a job: decided on the spot."""


@dataclass(slots=True)
class Scheduler:
    """One execution's steps.

    Attributes:
        ended: How steps ended; filled with those of an earlier process before the start.
        attempts: How many times each step was begun before.
        keep: Writes an ending to the journal, before it counts.
    """

    definition: Definition
    runner: StepRunner
    cancellation: Cancellation
    listener: Callable[[Event], None]
    keep: Callable[[StepRun], None]
    max_parallel: int
    ended: dict[str, StepRun] = field(default_factory=dict)
    attempts: Mapping[str, int] = field(default_factory=dict)
    _endings: queue.SimpleQueue[StepEnding | tuple[str, BaseException]] = field(
        default_factory=queue.SimpleQueue
    )
    _running: dict[str, threading.Thread] = field(default_factory=dict)
    _paused: set[str] = field(default_factory=set)
    _failed_on_purpose: bool = False

    def run(self) -> RunStatus:
        """Run until every step has ended, or nothing can go on.

        Raises:
            KeyboardInterrupt: The user stopped the run; running jobs have ended.
        """
        try:
            while True:
                while self._start_what_is_ready():
                    pass
                if not self._running:
                    break
                self._take(self._endings.get())
        except BaseException:
            self._stop()
            raise
        return self._status()

    def _start_what_is_ready(self) -> bool:
        """Start or settle steps; return whether a step ended at once, so that others may go."""
        for step in self._waiting():
            verdict = readiness(step, self.ended)
            if verdict is Readiness.SKIP:
                self._settle(step, StepStatus.SKIPPED)
                return True
            if verdict is Readiness.NOT_EXECUTED:
                self._settle(step, StepStatus.NOT_EXECUTED)
                return True
            if verdict is Readiness.READY and not self._failed_on_purpose:
                if step.type in _AT_ONCE:
                    self._take(self.runner.run(step, self.ended, self.attempts.get(step.name, 0)))
                    return True
                if len(self._running) < self.max_parallel:
                    self._start(step)
        return False

    def _waiting(self) -> Iterable[Step]:
        return [
            step
            for name, step in self.definition.steps.items()
            if name not in self.ended and name not in self._running and name not in self._paused
        ]

    def _start(self, step: Step) -> None:
        ended, attempts = dict(self.ended), self.attempts.get(step.name, 0)

        def work() -> None:
            try:
                self._endings.put(self.runner.run(step, ended, attempts))
            except BaseException as error:  # noqa: BLE001  # raised again where steps are scheduled
                self._endings.put((step.name, error))

        self._running[step.name] = threading.Thread(
            target=work, name=f"step {step.name}", daemon=True
        )
        self._running[step.name].start()

    def _take(self, ending: StepEnding | tuple[str, BaseException]) -> None:
        if isinstance(ending, tuple):
            name, error = ending
            self._running.pop(name, None)
            if not isinstance(error, WaitingForAnswerError):
                raise error
            self._paused.add(name)
            self.listener(Notice(error.message, name))
            return
        run = ending.run
        self._running.pop(run.name, None)
        self.keep(run)
        self.ended[run.name] = run
        if run.type == "Fail" and run.status is StepStatus.FAILED:
            self._failed_on_purpose = True
        self.listener(StepEnded(run, ending.log_tail))

    def _settle(self, step: Step, status: StepStatus) -> None:
        run = StepRun(step.name, step.type, status)
        self.keep(run)
        self.ended[step.name] = run
        self.listener(StepEnded(run))

    def _stop(self) -> None:
        """Stop the running jobs and wait for them; what they still brought to an end is kept."""
        self.cancellation.cancel()
        for thread in list(self._running.values()):
            if thread.ident is not None:
                thread.join()
        with contextlib.suppress(queue.Empty):
            while True:
                ending = self._endings.get_nowait()
                if isinstance(ending, StepEnding):
                    # The journal may be what failed; the reason of the stop is told in any case.
                    with contextlib.suppress(WorkError):
                        self._take(ending)

    def _status(self) -> RunStatus:
        statuses = {run.status for run in self.ended.values()}
        if StepStatus.FAILED in statuses:
            handled = {
                dependency.step
                for step in self.definition.steps.values()
                for dependency in step.dependencies
                if dependency.trigger in ("Any", "Failed")
                and self.ended.get(step.name)
                and self.ended[step.name].status is StepStatus.SUCCEEDED
            }
            failed = {name for name, run in self.ended.items() if run.status is StepStatus.FAILED}
            if failed <= handled and not self._failed_on_purpose:
                return RunStatus.COMPLETED_WITH_FAILURES
            return RunStatus.FAILED
        if StepStatus.STOPPED in statuses:
            return RunStatus.STOPPED
        if self._paused:
            return RunStatus.PAUSED
        return RunStatus.SUCCEEDED

"""Steps run in the order of their needs, side by side, and end in an orderly way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from penstock.errors import Problem, WorkError
from penstock.targets.local.definition import Definition, Dependency, Step
from penstock.targets.local.events import Event, Notice, StepEnded
from penstock.targets.local.jobs.launch import Cancellation
from penstock.targets.local.result import RunStatus, StepRun, StepStatus
from penstock.targets.local.scheduler import Scheduler
from penstock.targets.local.step_runner import StepEnding
from penstock.targets.local.steps.attempt import WaitingForAnswerError

Work = Callable[[], StepStatus | None]


class Runner:
    """Runs what is given for a step; nothing succeeds at once."""

    def __init__(self, **work: Work) -> None:
        self.work = work
        self.order: list[str] = []
        self.attempts: dict[str, int] = {}
        self.most = self.now = 0
        self._lock = threading.Lock()

    def run(self, step: Step, ended: Mapping[str, StepRun], attempts: int) -> StepEnding:
        with self._lock:
            self.order.append(step.name)
            self.attempts[step.name] = attempts
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            status = self.work.get(step.name, lambda: None)()
        finally:
            with self._lock:
                self.now -= 1
        return StepEnding(StepRun(step.name, step.type, status or StepStatus.SUCCEEDED))


class Bench:
    def __init__(self) -> None:
        self.cancellation = Cancellation()
        self.kept: list[tuple[str, str]] = []
        self.events: list[Event] = []

    def keep(self, run: StepRun) -> None:
        self.kept.append((run.name, run.status.value))

    def scheduler(
        self, runner: Any, *steps: Step, max_parallel: int = 2, **settings: Any
    ) -> Scheduler:
        return Scheduler(
            definition=Definition({}, {step.name: step for step in steps}, {}),
            runner=runner,
            cancellation=self.cancellation,
            listener=self.events.append,
            keep=settings.pop("keep", self.keep),
            max_parallel=max_parallel,
            **settings,
        )


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.cancellation.close()


def step(name: str, *needs: str, kind: str = "Processing") -> Step:
    return Step(name, kind, {}, None, tuple(Dependency(need) for need in needs))


def test_steps_run_in_the_order_of_their_needs(bench: Bench) -> None:
    runner = Runner()
    steps = [step("c", "b"), step("b", "a"), step("a")]
    assert bench.scheduler(runner, *steps).run() is RunStatus.SUCCEEDED
    assert runner.order == ["a", "b", "c"]
    assert bench.kept == [("a", "succeeded"), ("b", "succeeded"), ("c", "succeeded")]


def test_independent_steps_run_at_a_time_up_to_the_bound(bench: Bench) -> None:
    barrier = threading.Barrier(3, timeout=10)

    def meet() -> None:
        barrier.wait()

    names = ["a", "b", "c", "d", "e", "f"]
    runner = Runner(**dict.fromkeys(names, meet))
    assert bench.scheduler(runner, *map(step, names), max_parallel=3).run() is RunStatus.SUCCEEDED
    assert runner.most == 3


def test_an_ending_is_kept_before_it_counts_or_is_told(bench: Bench) -> None:
    seen: list[tuple[str, int]] = []

    def keep(run: StepRun) -> None:
        told = [event for event in bench.events if isinstance(event, StepEnded)]
        seen.append((run.name, len(told)))

    bench.scheduler(Runner(), step("a"), step("b", "a"), keep=keep).run()
    assert seen == [("a", 0), ("b", 1)]


def test_a_fail_step_lets_running_steps_end_and_starts_no_others(bench: Bench) -> None:
    stop = threading.Event()

    def slow() -> None:
        assert stop.wait(10)

    def fail() -> StepStatus:
        stop.set()
        return StepStatus.FAILED

    runner = Runner(slow=slow, stop=fail)
    steps = [step("slow"), step("quick"), step("stop", "quick", kind="Fail"), step("after", "slow")]
    scheduler = bench.scheduler(runner, *steps)
    assert scheduler.run() is RunStatus.FAILED
    assert scheduler.ended["slow"].status is StepStatus.SUCCEEDED
    assert "after" not in scheduler.ended


def test_an_error_in_one_step_stops_the_others_and_is_raised(bench: Bench) -> None:
    started = threading.Event()

    def breaks() -> None:
        assert started.wait(10)
        raise RuntimeError("a fault of ours")

    def goes_on() -> StepStatus:
        started.set()
        bench.cancellation.wait(10)
        assert bench.cancellation.cancelled
        return StepStatus.STOPPED

    runner = Runner(breaks=breaks, other=goes_on)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        bench.scheduler(runner, step("breaks"), step("other"), step("never", "other")).run()
    assert bench.kept == [("other", "stopped")]
    assert runner.now == 0


def test_what_ends_well_while_the_run_stops_is_kept(bench: Bench) -> None:
    started = threading.Event()

    def interrupts() -> None:
        assert started.wait(10)
        raise KeyboardInterrupt

    def ends_well() -> None:
        started.set()
        bench.cancellation.wait(10)

    runner = Runner(interrupts=interrupts, well=ends_well)
    with pytest.raises(KeyboardInterrupt):
        bench.scheduler(runner, step("interrupts"), step("well")).run()
    assert bench.kept == [("well", "succeeded")]


def test_a_journal_that_is_full_stops_the_run_with_its_own_reason(bench: Bench) -> None:
    def keep(run: StepRun) -> None:
        raise WorkError(Problem("the disk is full."))

    def ends() -> None:
        bench.cancellation.wait(10)

    with pytest.raises(WorkError) as stopped:
        bench.scheduler(Runner(slow=ends), step("quick"), step("slow"), keep=keep).run()
    assert str(stopped.value) == "the disk is full."


def test_a_step_that_waits_for_an_answer_pauses_what_follows_it_alone(bench: Bench) -> None:
    def ask() -> None:
        raise WaitingForAnswerError("answer me.")

    scheduler = bench.scheduler(Runner(ask=ask), step("ask"), step("after", "ask"), step("other"))
    assert scheduler.run() is RunStatus.PAUSED
    assert bench.kept == [("other", "succeeded")]
    assert Notice("answer me.", "ask") in bench.events


def test_what_had_ended_is_not_run_and_attempts_go_on_counting(bench: Bench) -> None:
    runner = Runner()
    done = {"a": StepRun("a", "Processing", StepStatus.SUCCEEDED)}
    bench.scheduler(
        runner, step("a"), step("b", "a"), step("c", "b"), ended=done, attempts={"b": 2}
    ).run()
    assert runner.attempts == {"b": 2, "c": 0}


def test_a_stopped_step_makes_a_stopped_run(bench: Bench) -> None:
    runner = Runner(a=lambda: StepStatus.STOPPED)
    assert bench.scheduler(runner, step("a"), step("b", "a")).run() is RunStatus.STOPPED
    assert bench.kept == [("a", "stopped"), ("b", "skipped")]

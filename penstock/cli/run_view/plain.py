"""One line an event, for pipes and log files."""

from __future__ import annotations

from collections.abc import Callable

from penstock.cli.run_view.progress import Progress, StepProgress, duration
from penstock.targets.local.events import Event, Notice, RunStarted, StepEnded, StepStarted


class PlainView:
    """Writes a line when a step starts and when it ends."""

    def __init__(self, progress: Progress, write: Callable[[str], None]) -> None:
        self._progress = progress
        self._write = write

    def __enter__(self) -> PlainView:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Take an event and write its line."""
        self._progress.take(event)
        match event:
            case RunStarted(execution_id, steps, _, resumed):
                verb = "resume" if resumed else "run"
                self._write(f"{verb} {execution_id}: {len(steps)} steps")
            case StepStarted(name, attempt):
                again = f", attempt {attempt}" if attempt > 1 else ""
                self._write(f"  {name}: started{again}")
            case StepEnded(run, _):
                self._write(f"  {run.name}: {outcome(self._progress.steps[run.name])}")
            case Notice():
                self._write(f"  {self._progress.notices[-1]}")


def outcome(step: StepProgress) -> str:
    """Say how a step ended: `succeeded in 1.20 s`, `cached`, `failed after 0.31 s`."""
    if step.cached:
        return f"{step.status}, from the cache"
    time = duration(step.seconds)
    if not time or step.status in ("skipped", "not executed"):
        return step.status
    return f"{step.status} {'in' if step.status == 'succeeded' else 'after'} {time}"

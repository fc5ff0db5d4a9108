"""Waits for an execution in an account and shows it as a run of this machine is shown."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from penstock.cli.boundary import InterruptedWorkError
from penstock.cli.execution_view.narrator import Narrator
from penstock.cli.execution_view.texts import name_of
from penstock.cli.run_view.opening import open_view
from penstock.cli.run_view.progress import Progress
from penstock.errors import Problem, ServiceError
from penstock.executions.following import Pace, follow

if TYPE_CHECKING:
    from penstock.executions.execution import Execution, Snapshot
    from penstock.executions.service import Service


def watch(
    service: Service,
    execution: Execution,
    environment: str,
    *,
    silent: bool,
    pace: Pace | None = None,
) -> Snapshot:
    """Follow an execution to its end and return how it ended.

    Raises:
        InterruptedWorkError: The user, or the end of the session, ended the waiting; the execution
            goes on.
        ServiceError: The service refused or did not answer; the execution goes on.
    """
    seen: Snapshot | None = None
    with waiting(name_of(execution), environment):
        definition = service.definition(execution.arn)
        with open_view(Progress(), silent) as view:
            narrator = Narrator(definition, name_of(execution), view)
            for seen in follow(service, execution.arn, pace):
                narrator.take(seen)
    assert seen is not None  # noqa: S101  # `follow` yields what it sees first
    return seen


@contextlib.contextmanager
def waiting(name: str, environment: str) -> Iterator[None]:
    """Say, where the waiting is interrupted, that the execution goes on.

    Args:
        name: Of the execution, as it is shown.
        environment: Where it is.
    """
    try:
        with _ended_by_sigterm():
            yield
    except KeyboardInterrupt:
        raise InterruptedWorkError(
            f"interrupted: {name} goes on in {environment}. Look: pipeline status {name} "
            f"--env {environment}; stop it: pipeline stop {name} --env {environment}"
        ) from None
    except ServiceError as error:
        goes_on = Problem(
            "the waiting ended, the execution did not.",
            name,
            f"Look: pipeline status {name} --env {environment}",
        )
        raise ServiceError([*error.problems, goes_on]) from error


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end what SIGINT ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

"""A serving process: started under the container contract, asked over HTTP, stopped at the end."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from penstock.errors import Problem, StepError
from penstock.targets.local.jobs.container import (
    Container,
    JobFailedError,
    JobStoppedError,
    container_job,
)
from penstock.targets.local.jobs.container_view import ContainerView
from penstock.targets.local.jobs.launch import Cancellation, Job, readable
from penstock.targets.local.steps.attempt import Attempt

PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"
_HOST = "127.0.0.1"
_PING_SECONDS, _PING_INTERVAL_SECONDS = 2.0, 0.05
"""The service wants an answer to a ping within two seconds."""

START_SECONDS = 60.0
ANSWER_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What `/invocations` answered."""

    status: int
    body: bytes


@dataclass(slots=True)
class Server:
    """A serving process that answers."""

    port: int

    def ask(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Post one payload to `/invocations`.

        Raises:
            StepError: The server does not answer.
        """
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=ANSWER_SECONDS)
        headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
        try:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise StepError(
                Problem(f"the serving process does not answer: {error}.", remedy="See its log.")
            ) from error
        finally:
            connection.close()


@contextmanager
def serving(attempt: Attempt, view: ContainerView, container: Container) -> Iterator[Server]:
    """Run a serving process while the block runs; it ends when the run is stopped, too.

    Raises:
        JobFailedError: It ended, or did not answer `/ping` with 200 in time.
        JobStoppedError: The run was stopped.
        ServiceFault: It could not be started.
    """
    port, run = _free_port(), attempt.surroundings.cancellation
    environment = {**container.environment, PORT_VARIABLE: str(port)}
    job = container_job(
        attempt,
        view,
        Container(container.image, container.entry_point, container.arguments, environment, None),
    )
    process = _ServingProcess(job, attempt)
    process.start()
    try:
        _wait_for_ping(port, attempt, view, process)
        yield Server(port)
    except StepError:
        if run.cancelled:
            raise JobStoppedError(Problem("the run was stopped.")) from None
        raise
    finally:
        process.stop()


class _ServingProcess:
    """A job that runs in a thread until it is told to stop or the run is stopped."""

    def __init__(self, job: Job, attempt: Attempt) -> None:
        self._stop = Cancellation()
        self._error: BaseException | None = None
        self._ended = Cancellation()
        self._threads = (
            threading.Thread(target=self._run, args=(job, attempt), daemon=True),
            threading.Thread(
                target=self._follow, args=(attempt.surroundings.cancellation,), daemon=True
            ),
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def require_alive(self, view: ContainerView) -> None:
        """Raise what ended the process, if it has ended."""
        if not self._ended.cancelled:
            return
        if self._error is not None:
            raise self._error
        raise JobFailedError(
            view.failure() or "the serving process ended before it answered /ping.",
            view.log_tail(),
        )

    def stop(self) -> None:
        self._stop.cancel()
        for thread in self._threads:
            thread.join()
        self._stop.close()
        self._ended.close()

    def _run(self, job: Job, attempt: Attempt) -> None:
        try:
            attempt.surroundings.launcher.run(job, self._stop)
        except BaseException as error:  # noqa: BLE001  # raised again where the process is asked
            self._error = error
        finally:
            self._ended.cancel()

    def _follow(self, run: Cancellation) -> None:
        readable([run.fileno(), self._ended.fileno(), self._stop.fileno()], None)
        if run.cancelled:
            self._stop.cancel()


def _wait_for_ping(
    port: int, attempt: Attempt, view: ContainerView, process: _ServingProcess
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        process.require_alive(view)
        if attempt.surroundings.cancellation.cancelled:
            raise JobStoppedError(Problem("the run was stopped."))
        if _answers_ping(port):
            return
        attempt.surroundings.cancellation.wait(_PING_INTERVAL_SECONDS)
    raise JobFailedError(
        f"the serving process did not answer /ping with 200 within {START_SECONDS:g} seconds.",
        view.log_tail(),
    )


def _answers_ping(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=_PING_SECONDS)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        return int(found.getsockname()[1])

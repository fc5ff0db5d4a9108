"""A serving process: started under the container contract, asked over HTTP, stopped at the end."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from penstock.errors import Problem, StepError
from penstock.targets.local.jobs.container import Container, JobFailedError, container_job
from penstock.targets.local.jobs.container_view import ContainerView
from penstock.targets.local.jobs.launch import Cancellation, Ending
from penstock.targets.local.steps.attempt import Attempt

PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"
_HOST = "127.0.0.1"
_PING_SECONDS = 2.0
_START_SECONDS = 60.0
_ANSWER_SECONDS = 600.0


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
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=_ANSWER_SECONDS)
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
    """Run a serving process while the block runs.

    Raises:
        JobFailedError: It ended, or did not answer `/ping` with 200 in time.
    """
    port = _free_port()
    environment = {**container.environment, PORT_VARIABLE: str(port)}
    job = container_job(
        attempt,
        view,
        Container(container.image, container.entry_point, container.arguments, environment, None),
    )
    stop, endings = Cancellation(), list[Ending]()
    thread = threading.Thread(
        target=lambda: endings.append(attempt.surroundings.launcher.run(job, stop)), daemon=True
    )
    thread.start()
    try:
        _wait_for_ping(port, attempt, view, thread)
        yield Server(port)
    finally:
        stop.cancel()
        thread.join()
        stop.close()


def _wait_for_ping(
    port: int, attempt: Attempt, view: ContainerView, thread: threading.Thread
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and not attempt.surroundings.cancellation.cancelled:
        if not thread.is_alive():
            raise JobFailedError(
                view.failure() or "the serving process ended before it answered /ping.",
                view.log_tail(),
            )
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(_HOST, port, timeout=_PING_SECONDS)
            connection.request("GET", "/ping")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.05)
    raise JobFailedError(
        f"the serving process did not answer /ping with 200 within {_START_SECONDS:g} seconds.",
        view.log_tail(),
    )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        return int(found.getsockname()[1])

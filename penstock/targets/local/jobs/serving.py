"""A serving process: started under the container contract, asked over HTTP, stopped at the end."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
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
_SERVER_FAULT = 500
_RETRY_SECONDS = 0.1
_ENDING_SECONDS = 0.2
_HOST_VARIABLE = "PENSTOCK_BIND_HOST"
"""Our server listens at this address alone; the service asks from outside of a container."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What `/invocations` answered."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, and how often a fault of the server is borne."""

    timeout_seconds: float = 600.0
    retries: int = 3


class Server:
    """A serving process that answers; each thread that asks keeps a connection of its own."""

    def __init__(self, port: int, process: _ServingProcess, run: Cancellation, patience: Patience):
        self._port, self._process, self._run, self._patience = port, process, run, patience
        self._kept = threading.local()

    def ask(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Post one payload to `/invocations`; faults of the server are tried again.

        Raises:
            StepError: The server does not answer.
        """
        headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
        for attempt in range(self._patience.retries + 1):
            last = attempt == self._patience.retries
            try:
                answer = self._asked("POST", "/invocations", body, headers)
                if answer.status < _SERVER_FAULT or last:
                    return answer
            except (OSError, http.client.HTTPException) as error:
                if last or not self._worth_retrying():
                    raise StepError(
                        Problem(
                            f"the serving process does not answer: {error}.",
                            remedy="See its log.",
                        )
                    ) from error
            self._run.wait(_RETRY_SECONDS * 2**attempt)
        raise AssertionError

    def wishes(self) -> Mapping[str, object]:
        """Return what `/execution-parameters` says; nothing where there is no such path."""
        try:
            answer = self._asked("GET", "/execution-parameters", None, {})
            said = json.loads(answer.body) if answer.status == http.HTTPStatus.OK else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _asked(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        kept = getattr(self._kept, "connection", None)
        if kept is not None:
            try:
                return self._exchange(kept, method, path, body, headers)
            except (ConnectionError, http.client.RemoteDisconnected):
                # A server may close a connection that was idle; that is no fault of its.
                self._kept.connection = None
        connection = http.client.HTTPConnection(
            _HOST, self._port, timeout=self._patience.timeout_seconds
        )
        return self._exchange(connection, method, path, body, headers)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
            self._kept.connection = None
        else:
            self._kept.connection = connection
        return answer

    def _worth_retrying(self) -> bool:
        """Whether the process still runs, once it has had the time to be seen ending."""
        self._process.wait_for_end(_ENDING_SECONDS)
        return not self._run.cancelled and not self._process.ended


@contextmanager
def serving(
    attempt: Attempt, view: ContainerView, container: Container, patience: Patience
) -> Iterator[Server]:
    """Run a serving process while the block runs; it ends when the run is stopped, too.

    Raises:
        JobFailedError: It ended, or did not answer `/ping` with 200 in time.
        JobStoppedError: The run was stopped.
        ServiceFault: It could not be started.
    """
    port, run = _free_port(), attempt.surroundings.cancellation
    environment = {**container.environment, PORT_VARIABLE: str(port), _HOST_VARIABLE: _HOST}
    job = container_job(
        attempt,
        view,
        Container(container.image, container.entry_point, container.arguments, environment, None),
    )
    process = _ServingProcess(job, attempt)
    process.start()
    try:
        _wait_for_ping(port, attempt, view, process)
        yield Server(port, process, run, patience)
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

    @property
    def ended(self) -> bool:
        return self._ended.cancelled

    def wait_for_end(self, seconds: float) -> None:
        self._ended.wait(seconds)

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

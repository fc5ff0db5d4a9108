"""All executions of the sandbox: started, found, stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError
from penstock.targets.local.documents import Document, Value
from penstock.targets.local.parameters import bind_parameters
from penstock.targets.local.run import new_execution_id
from penstock.targets.local.structure import read_definition
from sandbox.accounts import Credentials, open_account, role_variables
from sandbox.crossing import account_of
from sandbox.execution import Execution, StatusListener
from sandbox.names import Place

_LOG = "worker.log"


class RefusedError(Exception):
    """The request cannot be met; the message is the service's answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every execution runs with.

    Attributes:
        endpoint: Of the server.
        home: Folder of what jobs leave behind; everything of it is the sandbox's own.
        project: Folder that stands for our image.
        isolation: As `penstock.targets.local.machine.Machine` has it.
        images: By image that is not ours, the command that stands for it.
        ours: Images that stand for the project.
        registries: Address of the model registry, by account and Region.
        memory: Bytes that a job may hold, by instance type; on others, what there is.
        listener: Hears of every change of an execution's status; the first is its start.
    """

    endpoint: str
    home: Path
    project: Path
    isolation: str = "warm"
    images: Mapping[str, str] = field(default_factory=dict)
    ours: tuple[str, ...] = ()
    registries: Mapping[Place, str] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    listener: StatusListener | None = None


class Executions:
    """The executions; requests come from several threads."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._lock = threading.Lock()
        self._all: dict[str, Execution] = {}

    def start(
        self,
        place: Place,
        pipeline: str,
        document: Document,
        text: str,
        given: list[dict[str, str]],
        token: str,
        **further: Any,
    ) -> Execution:
        """Start an execution, or find the one that was started with this token.

        Args:
            document: The definition, parsed.
            text: The definition as it was stored.
            given: Parameters as the request has them.
            token: Of the request.
            further: Attributes of the execution.

        Raises:
            RefusedError: A parameter is unknown, missing or of another type.
        """
        with self._lock:
            for execution in self.of(place, pipeline):
                if token and execution.token == token:
                    return execution
            values = bound(document, given)
            execution = Execution(
                new_execution_id(), pipeline, place, text, given, token, **further
            )
            execution.listener = self._around.listener
            self._all[execution.arn] = execution
        if execution.listener is not None:
            execution.listener(execution, execution.status)
        self._run(execution, document, values)
        return execution

    def of(self, place: Place, pipeline: str) -> list[Execution]:
        """Return the executions of a pipeline, the oldest first."""
        return [
            each
            for each in list(self._all.values())
            if each.place == place and each.pipeline == pipeline
        ]

    def at(self, place: Place) -> list[Execution]:
        """Return the executions of an account and Region, the oldest first."""
        return [each for each in list(self._all.values()) if each.place == place]

    def find(self, arn: str) -> Execution | None:
        """Return the execution of an ARN."""
        return self._all.get(arn)

    def forget(self, place: Place, pipeline: str) -> None:
        """Drop the executions of a pipeline that was deleted."""
        with self._lock:
            for execution in self.of(place, pipeline):
                del self._all[execution.arn]

    def end(self) -> None:
        """Stop all executions and wait for their processes."""
        for execution in list(self._all.values()):
            execution.stop()
        for execution in list(self._all.values()):
            execution.end()

    def _run(self, execution: Execution, document: Document, values: Mapping[str, Value]) -> None:
        around, place = self._around, execution.place
        open_account(place)
        home = around.home / f"{place.account}-{place.region}"
        home.mkdir(parents=True, exist_ok=True)
        most = (execution.parallelism or {}).get("MaxParallelExecutionSteps")
        processors = len(os.sched_getaffinity(0))
        request = {
            "execution_id": execution.execution_id,
            "pipeline": execution.pipeline,
            "definition": document,
            "parameters": values,
            "home": str(home),
            "project": str(around.project),
            "ours": list(around.ours),
            "images": dict(around.images),
            "isolation": around.isolation,
            "memory": dict(around.memory),
            "max_parallel": min(most or processors, processors),
            "registry": around.registries.get(place) or _registry(place, values),
            "from_step": execution.selection and execution.selection.step,
            "reference": execution.selection and execution.selection.source.rpartition("/")[2],
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        variables = Credentials(around.endpoint, place).variables
        # A role of another account could not be passed: then the account's user acts.
        own = account_of(execution.role) == place.account
        session = role_variables(place, execution.role) if own else {}
        execution.start(request, {**others, **variables, **session}, home / _LOG)


def bound(document: Document, given: list[dict[str, str]]) -> Mapping[str, Value]:
    """Return every parameter's value: the one given, else the default.

    Raises:
        RefusedError: A parameter is unknown, missing or of another type.
    """
    try:
        definition = read_definition(document)
        types = {name: each.type for name, each in definition.parameters.items()}
        values: dict[str, Value] = {
            each["Name"]: _typed(types.get(each["Name"], "String"), each["Value"]) for each in given
        }
        return bind_parameters(definition, values)
    except PenstockError as error:
        raise RefusedError(str(error)) from error


def _typed(kind: str, text: str) -> Value:
    """Return a value of a type; a text that is none stays one and is refused as such."""
    try:
        if kind == "Integer":
            return int(text)
        if kind == "Float":
            return float(text)
    except ValueError:
        return text
    if kind == "Boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _registry(place: Place, values: Mapping[str, Value]) -> str:
    bucket = str(values.get("ArtifactRoot") or "").removeprefix("s3://").partition("/")[0]
    return f"sagemaker://{place.region}?bucket={bucket}"

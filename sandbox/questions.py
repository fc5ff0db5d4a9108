"""Callback steps of an execution: each asks through the sandbox and waits for its answer."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable, Mapping
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.jobs.container import JobStoppedError
from penstock.targets.local.steps.attempt import Function
from penstock.targets.local.structure import read_definition

_SIGNS = string.ascii_letters + string.digits
_TOKEN_LENGTH = 10
"""As the service's tokens have (botocore 1.44.5, CallbackToken)."""


class Questions:
    """What was asked and not answered yet. Steps ask from threads of their own.

    Args:
        tell: Is given step, token, queue and inputs of each question.
    """

    def __init__(self, tell: Callable[[str, str, str, Mapping[str, Any]], None]) -> None:
        self._tell = tell
        self._changed = threading.Condition()
        self._answers: dict[str, Mapping[str, Any]] = {}
        self._stopped = False

    def functions(self, definition: Document) -> Mapping[str, Function]:
        """Return what stands for the reader of each Callback step's queue, by step."""
        steps = read_definition(definition).steps.values()
        return {
            step.name: self._asking(step.name, str(step.document.get("SqsQueueUrl") or ""))
            for step in steps
            if step.type == "Callback"
        }

    def answer(self, given: Mapping[str, Any]) -> None:
        """Take an answer: a token, and either `outputs` or `failure`."""
        with self._changed:
            self._answers[str(given["token"])] = given
            self._changed.notify_all()

    def stop(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _asking(self, step: str, queue: str) -> Function:
        def ask(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
            token = "".join(secrets.choice(_SIGNS) for _ in range(_TOKEN_LENGTH))
            self._tell(step, token, queue, inputs)
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or token in self._answers)
                given = self._answers.get(token)
            if given is None:
                raise JobStoppedError(Problem("the run was stopped."))
            if "failure" in given:
                raise StepError(Problem(str(given["failure"])))
            outputs: Mapping[str, Any] = given["outputs"]
            return outputs

        return ask

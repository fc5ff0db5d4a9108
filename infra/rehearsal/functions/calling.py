"""Calls functions that CloudFormation made, as Lambda would."""

from __future__ import annotations

import io
import json
import os
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from infra.rehearsal.accounts import Accounts
from infra.rehearsal.cloudformation.kinds.functions import DECLARED
from infra.rehearsal.errors import told
from infra.rehearsal.functions.process import HostProcess
from sandbox.names import Place

_SERVICE = "lambda.amazonaws.com"
_TRIES = 3
"""Of an asynchronous call, unless the function says otherwise."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is over.

    Attributes:
        function: ARN.
        requests: What it asked of services, in order, such as `sqs:SendMessage`.
        result: What the handler returned.
        error: Why it failed; empty: it did not.
        log: What it printed.
    """

    function: str
    event: Any
    requests: tuple[str, ...]
    result: Any
    error: str
    log: str

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.function.rpartition(":")[2]

    @property
    def complaints(self) -> list[str]:
        """What its log tells of refusals and errors."""
        told = []
        for line in self.log.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if not isinstance(entry, dict):
                continue
            if entry.get("reason"):
                told.append(str(entry["reason"]))
            elif entry.get("exception"):
                told.append(str(entry["exception"]).strip().splitlines()[-1])
        return told

    @property
    def account(self) -> str:
        """Whose it is."""
        return self.function.split(":")[4]


@dataclass(frozen=True, slots=True)
class _Kill:
    before: int | str = 0
    after: str = ""

    @property
    def is_by_name(self) -> bool:
        return bool(self.after) or isinstance(self.before, str)


class Functions:
    """The functions of all accounts.

    Attributes:
        calls: All that are over, in order.
    """

    def __init__(self, accounts: Accounts, home: Path) -> None:
        self._accounts, self._home = accounts, home
        self._host = HostProcess()
        self._waiting: list[tuple[str, Any, int]] = []
        self._killed: dict[str, list[_Kill]] = {}
        self.calls: list[Call] = []

    def kill(self, function: str, before: int | str = 0, *, after: str = "") -> None:
        """Let a call of a function die at a request to a service; several die in this order.

        Args:
            function: Its name or ARN.
            before: The nth request of the next call, 1 is the first; or the name of a request, such
                as `sqs:SendMessage`, of the first call that makes one.
            after: Instead: the name of a request that was answered.
        """
        self._killed.setdefault(function.rpartition(":")[2], []).append(_Kill(before, after))

    def call_later(self, function: str, event: Any) -> None:
        """Call a function asynchronously: by `work`."""
        self._found(function)
        self._waiting.append((function, event, 1))

    def work(self) -> bool:
        """Make one call that waits; return whether there was one."""
        if not self._waiting:
            return False
        function, event, attempt = self._waiting.pop(0)
        call = self.call(function, event)
        if call.error:
            self._again(function, event, attempt, call)
        return True

    def call(self, function: str, event: Any) -> Call:
        """Call a function and wait for its end.

        Args:
            function: ARN.
            event: What JSON can hold.

        Raises:
            RehearsalError: There is no such function, or its role cannot be taken.
        """
        found = self._found(function)
        request = str(uuid.uuid4())
        folder = self._home / "calls" / request
        folder.mkdir(parents=True)
        module, _, name = str(found.handler).rpartition(".")
        kills = self._killed.get(found.function_name, [])
        kill = kills.pop(0) if kills else _Kill()
        status = self._host.run(
            {
                "name": found.function_name,
                "arn": function,
                "request": request,
                "module": module.replace("/", "."),
                "function": name,
                "code": str(self._code(found)),
                "timeout": int(found.timeout),
                "environment": self._environment(found),
                "event": event,
                "kill_before": kill.before,
                "kill_after": kill.after,
                "answer": str(folder / "answer"),
                "calls": str(folder / "calls"),
                "log": str(folder / "log"),
            }
        )
        call = _ended(function, event, folder, status)
        self.calls.append(call)
        if kill.is_by_name and status == 0:
            kills.insert(0, kill)
        return call

    def close(self) -> None:
        """End the process that calls are forked from."""
        self._host.close()

    def _again(self, function: str, event: Any, attempt: int, call: Call) -> None:
        """Try an asynchronous call again, or give it up."""
        found = self._found(function)
        settings = next(iter(found.event_invoke_config or ()), None)
        tries = _TRIES if settings is None else _tries(settings)
        if attempt < tries:
            self._waiting.append((function, event, attempt + 1))
            return
        dead = (getattr(found, DECLARED, {}).get("DeadLetterConfig") or {}).get("TargetArn")
        if not dead and settings is not None:
            dead = _failed_destination(settings)
        if not dead:
            raise told(f"its asynchronous call failed {attempt} times: {call.error}.", function)
        place = Place(*reversed(dead.split(":")[3:5]))
        if ":sqs:" in dead:
            url = f"{self._accounts.endpoint}/{place.account}/{dead.rpartition(':')[2]}"
            self._accounts.client("sqs", place).send_message(
                QueueUrl=url, MessageBody=json.dumps(event)
            )
        else:
            self._accounts.client("sns", place).publish(TopicArn=dead, Message=json.dumps(event))

    def _found(self, function: str) -> LambdaFunction:
        _, _, _, region, account, _, name = function.split(":")[:7]
        try:
            found: LambdaFunction = lambda_backends[account][region].get_function(name)
        except Exception as error:
            raise LookupError(f"there is no function {function}") from error
        return found

    def _code(self, function: LambdaFunction) -> Path:
        """Unpack what was deployed, once."""
        content = bytes(function.code_bytes)
        folder = self._home / "code" / str(function.code_digest)
        if not folder.is_dir():
            aside = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(aside)  # our own, just built
            aside.rename(folder)
        return folder

    def _environment(self, function: LambdaFunction) -> Mapping[str, str]:
        place = Place(function.account_id, function.region)
        keys = self._accounts.assume(function.role, function.function_name, place, service=_SERVICE)
        return {
            **{name: str(value) for name, value in function.environment_vars.items()},
            **keys.variables,
            "AWS_ENDPOINT_URL": self._accounts.endpoint,
            "AWS_REGION": place.region,
            "AWS_DEFAULT_REGION": place.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._home),
        }


def _ended(function: str, event: Any, folder: Path, status: int) -> Call:
    def text(name: str) -> str:
        file = folder / name
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    answer = json.loads(text("answer") or "{}")
    error = str(answer.get("error") or "")
    if "answer" not in {each.name for each in folder.iterdir()}:
        error = f"its process ended with {os.waitstatus_to_exitcode(status)}"
    requests = tuple(text("calls").splitlines())
    return Call(function, event, requests, answer.get("result"), error, text("log"))


def _tries(settings: Any) -> int:
    retries = _setting(settings, "MaximumRetryAttempts", "max_retry_attempts")
    return _TRIES if retries is None else int(retries) + 1


def _failed_destination(settings: Any) -> str:
    destinations = _setting(settings, "DestinationConfig", "destination_config") or {}
    return str((destinations.get("OnFailure") or {}).get("Destination") or "")


def _setting(settings: Any, name: str, attribute: str) -> Any:
    if isinstance(settings, dict):
        return settings.get(name)
    return getattr(settings, attribute, None)

"""Runs functions, each call in a process of its own; a script, so that nothing of ours is loaded.

A line of JSON a call on its input; once the call is over, a line on its output. What boto3 costs
to import is paid once: calls are forked from here.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
from typing import Any

import aws_lambda_powertools  # imported for the calls
import aws_lambda_powertools.utilities.batch  # noqa: F401
import boto3  # noqa: F401
import botocore.client
import botocore.loaders

_SERVICES = (
    "codepipeline",
    "dynamodb",
    "events",
    "kms",
    "s3",
    "sagemaker",
    "sns",
    "sqs",
    "sts",
)


class Context:
    """What Lambda hands to a handler beside the event."""

    def __init__(self, name: str, arn: str, request: str, seconds: float) -> None:
        self.function_name = name
        self.function_version = "$LATEST"
        self.invoked_function_arn = arn
        self.memory_limit_in_mb = 512
        self.aws_request_id = request
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = request
        self._until = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left until the call is cut off."""
        return max(0, int((self._until - time.monotonic()) * 1000))


def _warm() -> None:
    """Load the services' models once for all calls."""
    loader = botocore.loaders.create_loader()
    for service in _SERVICES:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")
    setattr(botocore.loaders, "create_loader", lambda *_: loader)  # noqa: B010


def _counted(call: dict[str, Any]) -> None:
    """Write down each request to a service; before or after the one that was chosen, die."""
    clients: Any = botocore.client.BaseClient
    plain = clients._make_api_call
    made = 0

    def counted(self: Any, operation: str, given: Any) -> Any:
        nonlocal made
        made += 1
        name = f"{self.meta.service_model.service_name}:{operation}"
        if call["kill_before"] in (made, name):
            os.kill(os.getpid(), signal.SIGKILL)
        with open(call["calls"], "a", encoding="utf-8") as calls:  # noqa: PTH123
            calls.write(f"{name}\n")
        answer = plain(self, operation, given)
        if call["kill_after"] == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    clients._make_api_call = counted


def _run(call: dict[str, Any]) -> None:
    """Be the call; leave what it returns, or why it failed, in a file."""
    log = os.open(call["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(call["environment"])
    sys.path.insert(0, call["code"])
    signal.alarm(max(1, int(call["timeout"])))
    _counted(call)
    try:
        handle = getattr(importlib.import_module(call["module"]), call["function"])
        context = Context(call["name"], call["arn"], call["request"], call["timeout"])
        answer: dict[str, Any] = {"result": handle(call["event"], context)}
        text = json.dumps(answer)
    except BaseException as error:  # noqa: BLE001  # Lambda reports whatever it is
        traceback.print_exc()
        text = json.dumps({"error": f"{type(error).__name__}: {error}"})
    with open(call["answer"], "w", encoding="utf-8") as answers:  # noqa: PTH123
        answers.write(text)
    sys.stdout.flush()
    sys.stderr.flush()


def main() -> None:
    """Serve calls until the input ends."""
    _warm()
    for line in sys.stdin:
        call = json.loads(line)
        process = os.fork()
        if process == 0:
            _run(call)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        print(json.dumps({"status": status}), flush=True)


if __name__ == "__main__":
    main()

"""The questions of Callback steps, in moto's SQS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.sqs.models import sqs_backends

from sandbox.names import Place

if TYPE_CHECKING:
    from sandbox.execution import StepState


def send_question(place: Place, arn: str, step: StepState, arguments: Mapping[str, Any]) -> str:
    """Send what the service sends, and return why it cannot be sent, or nothing."""
    *_, account, name = ["", *step.queue.rstrip("/").split("/")]
    account = account if account.isdigit() else place.account
    backend = sqs_backends[account][place.region]
    if name not in backend.queues:
        return f"the queue {step.queue} does not exist."
    body = {"token": step.token, "pipelineExecutionArn": arn, "arguments": dict(arguments)}
    backend.send_message(name, json.dumps(body))
    return ""

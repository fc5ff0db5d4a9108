"""The targets of rules: queues, topics, functions, deliveries and logs of every account."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.names import Place


@dataclass(frozen=True, slots=True)
class AwsTargets:
    """Targets on the server.

    Attributes:
        call: Calls a function some time: ARN, payload.
        deliver: Starts a delivery: place, name of the pipeline, the request's further members.
    """

    call: Callable[[str, Any], None]
    deliver: Callable[[Place, str, Mapping[str, Any]], None]

    def send(self, target: Mapping[str, Any], text: str) -> None:
        """Hand a text to a target.

        Raises:
            LookupError: There is no such target, or no target of its kind is played.
        """
        arn = str(target["Arn"])
        _, _, service, region, account, rest = arn.split(":", 5)
        place = Place(account, region)
        match service:
            case "sqs":
                self._to_queue(place, rest, text)
            case "sns":
                topic = sns_backends[account][region].topics.get(arn)
                if topic is None:
                    raise LookupError(f"there is no topic {arn}")
                topic.publish(_as_told(text))
            case "lambda":
                self.call(arn, json.loads(text))
            case "codepipeline":
                self.deliver(place, rest, json.loads(text))
            case "logs":
                self._to_log(place, rest.split(":")[1], text)
            case _:
                raise LookupError(f"the rehearsal plays no target of {service}: {arn}")

    def _to_queue(self, place: Place, name: str, text: str) -> None:
        backend = sqs_backends[place.account][place.region]
        if name not in backend.queues:
            raise LookupError(f"there is no queue {name} in {place.account}")
        backend.send_message(name, text)

    def _to_log(self, place: Place, group: str, text: str) -> None:
        backend, stream = logs_backends[place.account][place.region], str(uuid.uuid4())
        backend.ensure_log_group(group)
        backend.ensure_log_stream(group, stream)
        moment = int(datetime.now(UTC).timestamp() * 1000)
        backend.put_log_events(group, stream, [{"timestamp": moment, "message": text}])


def _as_told(text: str) -> str:
    """Return a transformed text without the quotes that make it JSON."""
    try:
        told = json.loads(text)
    except ValueError:
        return text
    return told if isinstance(told, str) else text

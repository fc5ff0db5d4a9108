"""What calls of SQS, SNS and EventBridge ask for.

Sources: Service Authorization Reference, "Amazon SQS", "Amazon SNS", "Amazon EventBridge".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys, with_key
from infra.policies.errors import PolicyError, Problem
from infra.policies.question import Question

_QUEUE = re.compile(
    r"^https?://(?:sqs\.(?P<region>[a-z0-9-]+)\.)?.*/(?P<account>\d{12})/(?P<name>[^/]+)$"
)


def send(call: Call, keys: Keys) -> Iterator[Question]:
    """SendMessage: the queue; its key encrypts anew and decrypts what it gave before."""
    queue = _queue(call)
    yield Question("sqs:SendMessage", queue)
    yield from with_key(
        call, keys, queue, "kms:GenerateDataKey", "kms:Decrypt", context={"aws:sqs:arn": queue}
    )


def receive(call: Call, keys: Keys) -> Iterator[Question]:
    """ReceiveMessage: the queue, and its key to read."""
    queue = _queue(call)
    yield Question("sqs:ReceiveMessage", queue)
    yield from with_key(call, keys, queue, "kms:Decrypt", context={"aws:sqs:arn": queue})


def of_queue(call: Call, _: Keys) -> Iterator[Question]:
    """What is about a queue and reads no message."""
    yield Question(f"sqs:{call.operation}", _queue(call))


def publish(call: Call, keys: Keys) -> Iterator[Question]:
    """Publish: the topic, and its key as of a queue."""
    topic = call["TopicArn"]
    yield Question("sns:Publish", topic)
    yield from with_key(
        call, keys, topic, "kms:GenerateDataKey", "kms:Decrypt", context={"aws:sns:topicArn": topic}
    )


def put_events(call: Call, _: Keys) -> Iterator[Question]:
    """PutEvents: the bus of each entry, with what the entry says of itself."""
    for entry in call["Entries"]:
        bus = call.named("events", "event-bus/", entry.get("EventBusName", "default"))
        given = {
            "events:source": entry["Source"],
            "events:detail-type": entry["DetailType"],
            "events:eventBusInvocation": "false",
        }
        yield Question("events:PutEvents", bus, given)


def _queue(call: Call) -> str:
    found = _QUEUE.match(call["QueueUrl"])
    if found is None:
        what = f"{call}: {call['QueueUrl']} is no address of a queue."
        raise PolicyError(Problem(what, "", "It ends with /ACCOUNT/NAME."))
    partition = call.arn("sqs", "").split(":")[1]
    region = found["region"] or call.region
    return f"arn:{partition}:sqs:{region}:{found['account']}:{found['name']}"

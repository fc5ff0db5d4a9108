"""What Lambda reads from queues for functions: event source mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.awslambda.models import EventSourceMapping, lambda_backends

from infra.rehearsal.accounts import Accounts
from infra.rehearsal.functions.calling import Call, Functions
from sandbox.names import Place

_LARGEST_BATCH = 10
_REPORTS = "ReportBatchItemFailures"


class Mappings:
    """The mappings of all accounts.

    Args:
        again_seconds: After which a message that failed is seen again, in place of the queue's
            own time, which is made for days.
    """

    def __init__(
        self, accounts: Accounts, functions: Functions, places: Iterable[Place], again_seconds: int
    ) -> None:
        self._accounts, self._functions = accounts, functions
        self._places, self._again = tuple(places), again_seconds

    def work(self) -> bool:
        """Hand one batch to its function; return whether there was one."""
        for place in self._places:
            mappings = lambda_backends[place.account][place.region].list_event_source_mappings(
                "", ""
            )
            for mapping in mappings:
                if str(mapping.enabled).lower() == "true" and self._serve(mapping, place):
                    return True
        return False

    def _serve(self, mapping: EventSourceMapping, place: Place) -> bool:
        arn = mapping.event_source_arn
        queue = f"{self._accounts.endpoint}/{place.account}/{arn.rpartition(':')[2]}"
        sqs = self._accounts.client("sqs", place)
        received = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=min(int(mapping.batch_size), _LARGEST_BATCH),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not received:
            return False
        records = [_record(each, arn, place) for each in received]
        call = self._functions.call(mapping.function_arn, {"Records": records})
        failed = _failed(call, mapping, [str(each["MessageId"]) for each in received])
        for message in received:
            handle = message["ReceiptHandle"]
            if message["MessageId"] in failed:
                sqs.change_message_visibility(
                    QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=self._again
                )
            else:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
        return True


def _record(message: Mapping[str, Any], arn: str, place: Place) -> Mapping[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": place.region,
    }


def _failed(call: Call, mapping: EventSourceMapping, messages: list[str]) -> set[str]:
    """Return the messages that stay: all of a call that failed, else those that it names."""
    if call.error:
        return set(messages)
    if _REPORTS not in (mapping.function_response_types or ()):
        return set()
    failures = (call.result or {}).get("batchItemFailures") or []
    named = {str(each.get("itemIdentifier") or "") for each in failures}
    # An identifier that is empty or unknown fails the whole batch.
    return named if named <= set(messages) else set(messages)

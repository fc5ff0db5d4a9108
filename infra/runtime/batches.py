"""Works through a batch of SQS: messages that fail are delivered again, the others are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from infra.runtime.waiting import NotYet


def work_through(
    event: Mapping[str, Any], context: Any, logger: Logger, work: Callable[[SQSRecord], None]
) -> Any:
    """Do the work of each message.

    Args:
        event: Of SQS.
        context: Of Lambda.
        logger: Where failures are told.
        work: Raises what the queue has to deliver again.

    Returns:
        Which messages are delivered again, as Lambda wants to be told.
    """

    def told(record: SQSRecord) -> None:
        try:
            work(record)
        except NotYet as error:
            logger.info("not yet", reason=str(error))
            raise
        except Exception:
            logger.exception("the message failed", message_id=record.message_id)
            raise

    return process_partial_response(
        event=dict(event),
        record_handler=told,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )

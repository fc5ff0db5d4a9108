"""Starts a pipeline that is due: inference by the model that is live, training on live data."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from infra.runtime.batches import work_through
from infra.runtime.clients import open_client
from infra.runtime.errors import Refused
from infra.runtime.notices import tell
from infra.runtime.starter.settings import Settings
from infra.runtime.starter.starting import start_due
from infra.runtime.waiting import NotYet

PATIENCE_HOURS = 2
"""How long a start waits for a promotion: five tries of the deployer take 80 minutes."""

logger = Logger(service="penstock-starter")


def handle(event: Mapping[str, Any], context: Any) -> Any:
    """Start what is due, once; or what has waited, as its queue delivers it.

    Returns:
        Of what is due: its execution, what it waits for, or why it was not started. Of messages:
        which are delivered again.

    Raises:
        ClientError: A service refused; Lambda tries again, and then lets the event go to its dead
            letters.
    """
    settings = Settings.from_environment(os.environ)
    if "Records" in event:
        now = datetime.now(UTC)
        return work_through(event, context, logger, lambda record: again(settings, record, now))
    try:
        return _start(settings, event)
    except NotYet as error:
        if not settings.waiting:
            raise
        logger.info("waits", reason=str(error))
        body = json.dumps(dict(event))
        open_client("sqs").send_message(QueueUrl=settings.waiting, MessageBody=body)
        return {"waits": str(error)}


def again(settings: Settings, record: SQSRecord, now: datetime) -> None:
    """Start what could not be started before.

    Args:
        settings: Of the account.
        record: The message.
        now: The time.

    Raises:
        NotYet: It still cannot; the queue delivers it again.
    """
    event = json.loads(record.body)
    since = datetime.fromtimestamp(int(record.attributes.sent_timestamp or 0) / 1000, UTC)
    try:
        _start(settings, event)
    except NotYet as error:
        if now < since + timedelta(hours=PATIENCE_HOURS):
            raise
        _refuse(settings, event, f"{error} It was tried for {PATIENCE_HOURS} hours.")


def _start(settings: Settings, event: Mapping[str, Any]) -> Mapping[str, str]:
    try:
        due, arn = start_due(settings, event)
    except Refused as error:
        return _refuse(settings, event, str(error))
    logger.info("started", pipeline=due.pipeline.name, reason=due.reason, execution=arn)
    return {"execution": arn}


def _refuse(settings: Settings, event: Mapping[str, Any], reason: str) -> Mapping[str, str]:
    logger.error("refused", reason=reason)
    name, where = str(event.get("pipeline") or "a pipeline"), settings.environment
    text = f"{name} was due in {where} and did not start: {reason}\n"
    tell(open_client("sns"), settings.topic, f"Penstock {where}: {name} did not start", text)
    return {"refused": reason}

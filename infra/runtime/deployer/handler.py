"""Takes messages of the promotion queue; those that fail are delivered again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from infra.runtime.batches import work_through
from infra.runtime.deployer.account import Account
from infra.runtime.deployer.ending import refuse_message
from infra.runtime.deployer.going_live import opened
from infra.runtime.deployer.passing import SOURCE, ended
from infra.runtime.deployer.settings import Settings
from infra.runtime.deployer.trials import approved
from infra.runtime.errors import Refused

APPROVED = ("aws.sagemaker", "SageMaker Model Package State Change")
ENDED = ("aws.sagemaker", "SageMaker Model Building Pipeline Execution Status Change")
OPENED = (SOURCE, "Production opened")

Work = Callable[[Account, Mapping[str, Any]], None]
_ON_TRIAL: Mapping[tuple[str, str], Work] = {APPROVED: approved, ENDED: ended}
_IN_PRODUCTION: Mapping[tuple[str, str], Work] = {OPENED: opened}

logger = Logger(service="penstock-deployer")


def handle(event: Mapping[str, Any], context: Any) -> Any:
    """Deploy what the messages of a batch ask for; return those to be delivered again."""
    account = Account(Settings.from_environment(os.environ), logger)
    return work_through(event, context, logger, lambda record: take(account, record))


def take(account: Account, record: SQSRecord) -> None:
    """Take one message; what is refused for good is written down and not delivered again."""
    message = record.message_id
    try:
        event = _event(record.body)
        message = str(event.get("id") or message)
        kind = (str(event.get("source")), str(event.get("detail-type")))
        work = (_IN_PRODUCTION if account.settings.is_production else _ON_TRIAL).get(kind)
        if work is None:
            where = account.settings.environment
            raise Refused(f"{where} takes no message {kind[1]!r} of {kind[0]!r}.")
        work(account, event)
    except Refused as error:
        refuse_message(account, message, error)


def _event(body: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("detail"), dict):
        raise Refused("this is no event.", remedy="See who may send to the queue.")
    return found

"""Answers Callback steps: the file is there, it is too late, or the message stays in the queue."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from infra.runtime.batches import work_through
from infra.runtime.callback.question import Question, question_of
from infra.runtime.clients import error_code, is_no_object, open_client
from infra.runtime.errors import Refused
from infra.runtime.notices import tell
from infra.runtime.settings import Reader
from infra.runtime.waiting import NotYet

_GONE = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")
_LONGEST_REASON = 256
"""Of SendPipelineExecutionStepFailure (botocore 1.44.5)."""

logger = Logger(service="penstock-callback")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one account.

    Attributes:
        environment: Its name, such as `prod`.
        topic: ARN of the topic that people read.
    """

    environment: str
    topic: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read them.

        Raises:
            SettingsError: Some are missing or wrong; all of those are told.
        """
        reader = Reader(environ)
        found = cls(
            environment=reader.text("PENSTOCK_ENVIRONMENT"), topic=reader.text("PENSTOCK_TOPIC")
        )
        reader.check()
        return found


def handle(event: Mapping[str, Any], context: Any) -> Any:
    """Answer the questions of a batch; return those to be delivered again."""
    settings, now = Settings.from_environment(os.environ), datetime.now(UTC)
    return work_through(event, context, logger, lambda record: answer(settings, record, now))


def answer(settings: Settings, record: SQSRecord, now: datetime) -> None:
    """Answer one question.

    Args:
        settings: Of the account.
        record: The message.
        now: The time.

    Raises:
        NotYet: The file is not there, and the step still waits.
    """
    try:
        question = question_of(record.body)
    except Refused as error:
        where = settings.environment
        logger.error("refused", reason=str(error), message_id=record.message_id)
        text = f"The message {record.message_id} was refused in {where}: {error}\n"
        tell(open_client("sns"), settings.topic, f"Penstock {where}: message refused", text)
        return
    if question.problem:
        _fail(question, question.problem)
        return
    size = _size(question)
    if size is not None:
        _succeed(question, size, now)
        return
    asked = datetime.fromtimestamp(int(record.attributes.sent_timestamp or 0) / 1000, UTC)
    if now < asked + timedelta(minutes=question.minutes):
        raise NotYet(f"{question.place} is not there.")
    _fail(question, f"{question.place} was not there within {question.minutes} minutes.")


def _size(question: Question) -> int | None:
    """Return the size of the file in bytes; None: it is not there."""
    bucket, key = question.file
    try:
        return int(open_client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"])
    except Exception as error:
        if is_no_object(error):
            return None
        raise


def _succeed(question: Question, size: int, now: datetime) -> None:
    outputs = {"bytes": str(size), "found_at": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    _send(
        question,
        "send_pipeline_execution_step_success",
        OutputParameters=[{"Name": name, "Value": value} for name, value in outputs.items()],
    )
    logger.info("the file is there", place=question.place, execution=question.execution)


def _fail(question: Question, reason: str) -> None:
    _send(question, "send_pipeline_execution_step_failure", FailureReason=reason[:_LONGEST_REASON])
    logger.warning("the step failed", reason=reason, execution=question.execution)


def _send(question: Question, operation: str, **given: object) -> None:
    """Answer once; a step that waits no longer needs no answer."""
    client = open_client("sagemaker")
    token = hashlib.sha256(f"{operation}\n{question.token}".encode()).hexdigest()
    try:
        getattr(client, operation)(CallbackToken=question.token, ClientRequestToken=token, **given)
    except Exception as error:
        if error_code(error) not in _GONE:
            raise
        logger.info("the step waits no longer", execution=question.execution)

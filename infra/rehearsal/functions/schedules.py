"""EventBridge Scheduler, whose clock is the rehearsal's: a schedule fires when it is told to."""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from moto.scheduler.models import scheduler_backends

from infra.rehearsal.errors import told
from infra.rehearsal.functions.calling import Functions
from sandbox.names import Place

_ENABLED = "ENABLED"


def fire(functions: Functions, place: Place, group: str, name: str, at: datetime) -> None:
    """Let a schedule fire.

    Args:
        at: The moment that it was scheduled for, in UTC.

    Raises:
        RehearsalError: There is none, it is disabled, or its target is no function.
    """
    where = f"schedule {group}/{name} in {place.account}"
    groups = scheduler_backends[place.account][place.region].schedule_groups
    schedule = groups[group].schedules.get(name) if group in groups else None
    if schedule is None:
        raise told("there is no such schedule.", where)
    if schedule.state != _ENABLED:
        raise told(f"it is {schedule.state} and never fires.", where)
    arn = str(schedule.target["Arn"])
    if ":lambda:" not in arn:
        raise told(f"the rehearsal plays schedules of functions, not of {arn}.", where)
    text = str(schedule.target.get("Input") or "{}")
    for word, value in (
        ("scheduled-time", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("schedule-arn", schedule.arn),
        ("execution-id", str(uuid.uuid4())),
        ("attempt-number", "1"),
    ):
        text = text.replace(f"<aws.scheduler.{word}>", value)
    functions.call_later(arn, json.loads(text))

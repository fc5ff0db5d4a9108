"""When the pipelines of a use case run next."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from penstock.cli.run_view.text_table import text_table

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Start:
    """When a pipeline starts.

    Attributes:
        pipeline: Its name.
        rule: As the settings have it, for people.
        next_times: The next starts, ISO 8601 in the use case's zone; empty where another pipeline
            decides.
    """

    pipeline: str
    rule: str
    next_times: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def next_starts(use_case: str, now: datetime | None = None) -> list[Start]:
    """Return when each scheduled pipeline of a use case starts next.

    Args:
        use_case: Name or folder.
        now: The instant to count from; None: the clock's.
    """
    from penstock.use_case import load_use_case
    from penstock.use_case.cron import daily

    settings = load_use_case(use_case)
    zone = ZoneInfo(settings.time_zone)
    moment = (now or datetime.now(UTC)).astimezone(zone)
    found = []
    for name, schedule in settings.schedule.items():
        if schedule.depends_on:
            found.append(Start(name, f"after {' and '.join(schedule.depends_on)}", ()))
        elif schedule.cron:
            rule = f"cron {schedule.cron} ({settings.time_zone})"
            found.append(Start(name, rule, next_times(schedule.cron, moment, zone)))
        else:
            rule = f"every day at {schedule.at} ({settings.time_zone})"
            found.append(Start(name, rule, next_times(daily(schedule.at), moment, zone)))
    return found


def next_times(cron: str, after: datetime, zone: ZoneInfo, count: int = SHOWN) -> list[str]:
    """Return the next starts of a cron, ISO 8601 in local time.

    A time that a clock change leaves out starts nothing, as EventBridge Scheduler has it.
    """
    from penstock.use_case.cron import parse_cron

    starts = itertools.islice(parse_cron(cron).starts(after, zone), count)
    return [each.isoformat(timespec="minutes") for each in starts]


def schedule_text(starts: Sequence[Start]) -> str:
    """Return the starts as a table."""
    if not starts:
        return "the use case has no schedule; add `schedule:` to its settings."
    rows = [
        [each.pipeline, each.rule, ", ".join(time[:16] for time in each.next_times)]
        for each in starts
    ]
    return text_table(["pipeline", "starts", "next"], rows)

"""Schedules of an environment, for people and for machines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from penstock.cli.run_view.text_table import text_table
from penstock.cli.schedule_view import SHOWN

if TYPE_CHECKING:
    from penstock.cli.schedule_plan import Plan, Planned
    from penstock.schedules import Change, Start

_LOOK_AHEAD = timedelta(days=365)


def next_starts(start: Start, now: datetime) -> dict[str, Any]:
    """Return when a pipeline starts next, before and after the next change of its zone's clocks.

    Args:
        start: Of the settings.
        now: The instant to count from.
    """
    from penstock.use_case.cron import clock_change, parse_cron

    cron, zone = parse_cron(start.cron), ZoneInfo(start.time_zone)
    found: dict[str, Any] = {
        "next": list(map(_local, itertools.islice(cron.starts(now, zone), SHOWN))),
        "left_out": list(map(_wall, cron.left_out(now, now + _LOOK_AHEAD, zone))),
        "clock_change": None,
    }
    change = clock_change(now, zone)
    if change is not None:
        after = next(cron.starts(change - timedelta(seconds=1), zone), None)
        found["clock_change"] = {
            "at": _local(change.astimezone(zone)),
            "next": _local(after) if after else None,
        }
    return found


def plan_text(plan: Plan, now: datetime) -> str:
    """Return what is scheduled, what differs from the settings, and when it starts."""
    allowed = "on" if plan.environment.schedule.enabled else "off"
    lines = [f"schedules of {plan.environment.name} in the group {plan.group}: {allowed}"]
    if plan.planned:
        rows: list[list[str]] = []
        notes: list[str] = []
        for each in plan.planned:
            times = next_starts(each.start, now)
            shown = "" if _state(plan, each) in ("off", "paused") else ", ".join(times["next"])
            rows.append([each.name, _rule(each.start), _state(plan, each), shown])
            notes += _notes(each, times)
        lines += [text_table(["pipeline", "starts", "state", "next"], rows), *dict.fromkeys(notes)]
    for use_case, pipeline, others in plan.following:
        after = " and ".join(others)
        lines.append(f"  {pipeline} of {use_case} starts after {after}, which no schedule does")
    lines += changes_text(plan.pending) or ([] if plan.problems else ["nothing to do"])
    return "\n".join(lines + [f"  {problem}" for problem in plan.problems])


def changes_text(changes: list[Change]) -> list[str]:
    """Return a line for each change, and one for each setting that differs."""
    lines = []
    for change in changes:
        lines.append(f"{change.action} {change.name}")
        for detail in change.details:
            before = f"{detail.before} → " if detail.before else ""
            lines.append(f"  {detail.what}: {before}{detail.after or 'none'}")
    return lines


def plan_json(plan: Plan, now: datetime) -> dict[str, Any]:
    """Return the same as plain data."""
    return {
        "environment": plan.environment.name,
        "group": plan.group,
        "enabled": plan.environment.schedule.enabled,
        "schedules": [
            {
                "use_case": each.start.use_case,
                "pipeline": each.start.pipeline,
                "name": each.name,
                "starts": f"cron({each.start.cron})",
                "time_zone": each.start.time_zone,
                "state": _state(plan, each),
                **next_starts(each.start, now),
                "problems": [asdict(problem) for problem in each.problems],
            }
            for each in plan.planned
        ],
        "following": [
            {"use_case": use_case, "pipeline": pipeline, "after": list(others)}
            for use_case, pipeline, others in plan.following
        ],
        "changes": changes_json(plan.pending),
    }


def changes_json(changes: list[Change]) -> list[dict[str, Any]]:
    """Return changes as plain data."""
    return [
        {
            "action": change.action,
            "name": change.name,
            "details": [asdict(detail) for detail in change.details],
        }
        for change in changes
    ]


def _state(plan: Plan, planned: Planned) -> str:
    """Return what the schedule that is there does."""
    from penstock.schedules import label_of

    there = next((each for each in plan.existing if each["Name"] == planned.schedule), None)
    if there is None:
        return "not there"
    label = label_of(there.get("Description", ""))
    if label and label.paused:
        return "paused"
    return "on" if there.get("State") == "ENABLED" else "off"


def _rule(start: Start) -> str:
    return f"{start.cron} ({start.time_zone})"


def _notes(planned: Planned, times: dict[str, Any]) -> Iterator[str]:
    change = times["clock_change"]
    if change and change["next"]:
        at = change["at"]
        yield f"  {planned.name}: after the clocks change at {at} first at {change['next']}"
    for each in times["left_out"]:
        zone = planned.start.time_zone
        yield f"  {planned.name}: {each} is left out by the clocks of {zone}; nothing starts then"


def _local(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _wall(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")

"""The six fields of EventBridge's cron, and when they start something in a time zone.

A local time that a clock change leaves out starts nothing; one that it repeats starts one run.
Source: EventBridge Scheduler user guide, "Schedule types" (cron-based schedules, daylight saving).
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}
_WEEKDAYS = {
    name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)
}
_LAST_YEAR = 2199

DayRule = Callable[[date], bool]


class CronError(ValueError):
    """A text is none of EventBridge's crons; the message says which field and what it takes."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed cron.

    Attributes:
        minutes: Ascending.
        hours: Ascending.
        months: From 1.
        years: Up to 2199.
        on: Whether a day of these months and years is one.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    on: DayRule

    def starts(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the starts later than an instant, in the zone's local time, ascending.

        Args:
            after: With its zone.
            zone: In which the fields are read.
        """
        return (each for each in self._local_times(after, zone) if exists(each))

    def left_out(self, after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
        """Return the local times between two instants that start nothing: no clock shows them."""
        times = itertools.takewhile(lambda each: each <= until, self._local_times(after, zone))
        return [each for each in times if not exists(each)]

    def _local_times(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        for day in self._days(after.astimezone(zone).date()):
            for hour in self.hours:
                for minute in self.minutes:
                    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                    if local.astimezone(UTC) > after:
                        yield local

    def _days(self, first: date) -> Iterator[date]:
        for year in sorted(each for each in self.years if each >= first.year):
            day = max(first, date(year, 1, 1))
            while day.year == year:
                if day.month in self.months and self.on(day):
                    yield day
                day += timedelta(days=1)


def exists(local: datetime) -> bool:
    """Return whether the clocks of its zone show this time: a change to summer time skips some."""
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def clock_change(after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant of the next year at which the zone's clocks have changed, in UTC."""
    begin = after.astimezone(UTC).replace(second=0, microsecond=0)
    offset = begin.astimezone(zone).utcoffset()
    for day in range(1, 367):
        if (begin + timedelta(days=day)).astimezone(zone).utcoffset() != offset:
            first = begin + timedelta(days=day - 1)
            minutes = range(1, 24 * 60 + 1)
            return next(
                instant
                for instant in (first + timedelta(minutes=each) for each in minutes)
                if instant.astimezone(zone).utcoffset() != offset
            )
    return None


def daily(at: str) -> str:
    """Return the cron of a local time of every day, such as `06:00`."""
    hour, minute = map(int, at.split(":"))
    return f"{minute} {hour} * * ? *"


def parse_cron(text: str) -> Cron:
    """Read minutes, hours, day of the month, month, day of the week and year.

    Raises:
        CronError: A field is wrong.
    """
    fields = text.split()
    if len(fields) != 6:
        raise CronError(
            f"cron {text!r} has {len(fields)} fields instead of 6: minutes, hours, day of the "
            "month, month, day of the week, year."
        )
    minutes, hours, month_days, months, weekdays, years = fields
    if (month_days == "?") == (weekdays == "?"):
        raise CronError(
            f"cron {text!r} needs ? as the day of the month or as the day of the week, and not as "
            "both."
        )
    on = _month_days(month_days) if weekdays == "?" else _weekdays(weekdays)
    return Cron(
        tuple(sorted(_numbers("minutes", minutes, 0, 59))),
        tuple(sorted(_numbers("hours", hours, 0, 23))),
        _numbers("month", months, 1, 12, _MONTHS),
        _numbers("year", years, 1970, _LAST_YEAR),
        on,
    )


def _month_days(text: str) -> DayRule:
    if text == "L":
        return lambda day: day.day == _length(day)
    if text.endswith("W"):
        wanted = _number("day of the month", text[:-1], text, 1, 31, {})
        return lambda day: day == _nearest_workday(day, wanted)
    numbers = _numbers("day of the month", text, 1, 31)
    return lambda day: day.day in numbers


def _weekdays(text: str) -> DayRule:
    name = "day of the week"
    if "#" in text:
        weekday_text, _, occurrence_text = text.partition("#")
        weekday = _number(name, weekday_text, text, 1, 7, _WEEKDAYS)
        occurrence = _number(name, occurrence_text, text, 1, 5, {})
        return lambda day: _weekday(day) == weekday and (day.day - 1) // 7 + 1 == occurrence
    if text == "L":
        return lambda day: _weekday(day) == _WEEKDAYS["SAT"]
    if text.endswith("L"):
        last = _number(name, text[:-1], text, 1, 7, _WEEKDAYS)
        return lambda day: _weekday(day) == last and day.day > _length(day) - 7
    numbers = _numbers(name, text, 1, 7, _WEEKDAYS)
    return lambda day: _weekday(day) in numbers


def _numbers(
    field: str, text: str, low: int, high: int, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    """Return what a field stands for: `*`, `5`, `1-5`, `0/15`, and lists of them."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        step = _number(field, step_text, text, 1, high, {}) if slash else 1
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = low, high
        else:
            first = _number(field, first_text, text, low, high, names or {})
            last = high if slash else first
        if dash and span != "*":
            last = _number(field, last_text, text, low, high, names or {})
        if last < first or (dash and slash):
            raise _wrong(field, text, low, high)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(field: str, part: str, text: str, low: int, high: int, names: Mapping[str, int]) -> int:
    if part.upper() in names:
        return names[part.upper()]
    if part.isascii() and part.isdigit() and low <= int(part) <= high:
        return int(part)
    raise _wrong(field, text, low, high)


def _wrong(field: str, text: str, low: int, high: int) -> CronError:
    return CronError(f"the {field} {text!r} of the cron is none: use {low} to {high}.")


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_workday(day: date, wanted: int) -> date | None:
    """Return the day of the same month, from Monday to Friday, that is nearest to a number."""
    if wanted > _length(day):
        return None
    found = day.replace(day=wanted)
    if found.isoweekday() == 6:
        return found - timedelta(days=1) if wanted > 1 else found + timedelta(days=2)
    if found.isoweekday() == 7:
        return found + timedelta(days=1 if wanted < _length(day) else -2)
    return found

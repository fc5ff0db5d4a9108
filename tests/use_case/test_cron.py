"""EventBridge's crons in a time zone, and over its clock changes."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.use_case.cron import CronError, daily, parse_cron

MADRID = ZoneInfo("Europe/Madrid")


def starts(text: str, after: str, count: int = 3, zone: ZoneInfo = MADRID) -> list[str]:
    instant = datetime.fromisoformat(after).astimezone(UTC)
    found = itertools.islice(parse_cron(text).starts(instant, zone), count)
    return [each.isoformat(timespec="minutes") for each in found]


def test_a_daily_start_keeps_its_local_time_over_a_clock_change() -> None:
    assert starts(daily("06:00"), "2026-03-28T05:00Z") == [
        "2026-03-29T06:00+02:00",
        "2026-03-30T06:00+02:00",
        "2026-03-31T06:00+02:00",
    ]


def test_a_time_that_a_clock_change_leaves_out_starts_nothing() -> None:
    assert starts(daily("02:30"), "2026-03-28T00:00Z") == [
        "2026-03-28T02:30+01:00",
        "2026-03-30T02:30+02:00",
        "2026-03-31T02:30+02:00",
    ]


def test_a_time_that_a_clock_change_repeats_starts_one_run() -> None:
    assert starts(daily("02:30"), "2026-10-24T12:00Z") == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
        "2026-10-27T02:30+01:00",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 4 ? * MON *", ["2026-11-23T04:00", "2026-11-30T04:00"]),
        ("0 4 ? * 2-6 *", ["2026-11-23T04:00", "2026-11-24T04:00"]),
        ("0 4 ? * SUN,sat *", ["2026-11-21T04:00", "2026-11-22T04:00"]),
        ("0/30 4 * * ? *", ["2026-11-21T04:00", "2026-11-21T04:30"]),
        ("0 0-23 * * ? *", ["2026-11-21T01:00", "2026-11-21T02:00"]),
        ("15 */12 * * ? *", ["2026-11-21T00:15", "2026-11-21T12:15"]),
        ("0 4 L * ? *", ["2026-11-30T04:00", "2026-12-31T04:00"]),
        ("0 4 1W * ? *", ["2026-12-01T04:00", "2027-01-01T04:00"]),
        ("0 4 15W * ? *", ["2026-12-15T04:00", "2027-01-15T04:00"]),
        ("0 4 ? * 6L *", ["2026-11-27T04:00", "2026-12-25T04:00"]),
        ("0 4 ? * TUE#2 *", ["2026-12-08T04:00", "2027-01-12T04:00"]),
        ("0 4 ? * L *", ["2026-11-21T04:00", "2026-11-28T04:00"]),
        ("0 4 29 FEB ? *", ["2028-02-29T04:00", "2032-02-29T04:00"]),
        ("0 4 1 1 ? 2030,2040", ["2030-01-01T04:00", "2040-01-01T04:00"]),
        ("0 4 1 1 ? 2020", []),
        ("0 4 31 FEB ? *", []),
    ],
)
def test_every_wildcard_is_read(text: str, expected: list[str]) -> None:
    found = starts(text, "2026-11-21T00:00+00:00", 2, ZoneInfo("UTC"))
    assert [each.removesuffix("+00:00") for each in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 4 1W AUG ? 2026", "2026-08-03"),  # the first is a Saturday: not back into July
        ("0 4 31W MAY ? 2026", "2026-05-29"),  # the last is a Sunday: not on into June
        ("0 4 20W SEP ? 2026", "2026-09-21"),  # a Sunday in between: the day after
        ("0 4 19W SEP ? 2026", "2026-09-18"),  # a Saturday in between: the day before
    ],
)
def test_the_nearest_workday_stays_in_its_month(text: str, expected: str) -> None:
    assert [each[:10] for each in starts(text, "2026-01-01T00:00Z")] == [expected]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "0 4 * * MON",
            "cron '0 4 * * MON' has 5 fields instead of 6: minutes, hours, day of the month, "
            "month, day of the week, year.",
        ),
        (
            "0 4 * * MON *",
            "cron '0 4 * * MON *' needs ? as the day of the month or as the day of the week, "
            "and not as both.",
        ),
        (
            "0 4 ? * ? *",
            "cron '0 4 ? * ? *' needs ? as the day of the month or as the day of the week, "
            "and not as both.",
        ),
        ("60 4 ? * MON *", "the minutes '60' of the cron is none: use 0 to 59."),
        ("0 24 ? * MON *", "the hours '24' of the cron is none: use 0 to 23."),
        ("0 4 0 * ? *", "the day of the month '0' of the cron is none: use 1 to 31."),
        ("0 4 1 13 ? *", "the month '13' of the cron is none: use 1 to 12."),
        ("0 4 ? * MOON *", "the day of the week 'MOON' of the cron is none: use 1 to 7."),
        ("0 4 ? * 2#6 *", "the day of the week '2#6' of the cron is none: use 1 to 5."),
        ("0 4 ? * 5-2 *", "the day of the week '5-2' of the cron is none: use 1 to 7."),
        ("0 4 ? * MON 2200", "the year '2200' of the cron is none: use 1970 to 2199."),
        ("0/0 4 ? * MON *", "the minutes '0/0' of the cron is none: use 1 to 59."),
        ("٣ 4 ? * MON *", "the minutes '٣' of the cron is none: use 0 to 59."),
    ],
)
def test_a_text_that_is_no_cron_is_told_with_its_field(text: str, message: str) -> None:
    with pytest.raises(CronError) as error:
        parse_cron(text)
    assert str(error.value) == message


@st.composite
def fields(draw: st.DrawFn, low: int, high: int) -> tuple[str, set[int]]:
    """A field, and what it stands for."""
    known = st.integers(low, high)
    kind = draw(st.sampled_from(("*", "one", "span", "step", "list")))
    if kind == "*":
        return "*", set(range(low, high + 1))
    if kind == "list":
        several = draw(st.lists(known, min_size=1, max_size=3))
        return ",".join(map(str, several)), set(several)
    first, last = sorted((draw(known), draw(known)))
    if kind == "one":
        return str(first), {first}
    if kind == "span":
        return f"{first}-{last}", set(range(first, last + 1))
    step = draw(st.integers(1, max(1, high)))
    return f"{first}/{step}", set(range(first, high + 1, step))


CHANGES = st.sampled_from(
    [
        ("Europe/Madrid", "2026-03-28T20:00Z"),
        ("Europe/Madrid", "2026-10-24T20:00Z"),
        ("America/New_York", "2026-03-08T00:00Z"),
        ("America/New_York", "2026-11-01T00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T10:00Z"),  # by half an hour
        ("Australia/Lord_Howe", "2026-04-04T10:00Z"),
        ("America/Santiago", "2026-09-05T20:00Z"),  # at midnight
        ("Asia/Kolkata", "2026-03-28T20:00Z"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(CHANGES, fields(0, 59), fields(0, 23), fields(1, 7))
def test_starts_are_the_minutes_whose_local_time_fits_each_local_time_once(
    change: tuple[str, str],
    minutes: tuple[str, set[int]],
    hours: tuple[str, set[int]],
    weekdays: tuple[str, set[int]],
) -> None:
    """Told the other way round: every instant of 30 hours is asked for its local time."""
    zone, begin = ZoneInfo(change[0]), datetime.fromisoformat(change[1])
    end = begin + timedelta(hours=30)
    expected = []
    for passed in range(1, 30 * 60 + 1):
        local = (begin + timedelta(minutes=passed)).astimezone(zone)
        fits = local.minute in minutes[1] and local.hour in hours[1]
        if fits and local.isoweekday() % 7 + 1 in weekdays[1] and local.fold == 0:
            expected.append(local.astimezone(UTC))
    cron = parse_cron(f"{minutes[0]} {hours[0]} ? * {weekdays[0]} *")
    found = (each.astimezone(UTC) for each in cron.starts(begin, zone))
    assert list(itertools.takewhile(lambda each: each <= end, found)) == expected

"""Days and instants in a zone, the days of 23 and of 25 hours included."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.features.columns import typed
from components.features.days import Days, create_days_view, day_start, local_day, parse_day
from penstock.errors import RequestError
from penstock.use_case.source import Column

ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
dates = st.dates(date(2012, 1, 1), date(2030, 1, 1))


@settings(max_examples=200, deadline=None)
@given(day=dates, zone=st.sampled_from(ZONES))
def test_a_day_holds_its_instants_from_its_beginning_to_that_of_the_next(day, zone):
    start, end = Days(day, day).bounds(zone)
    assert local_day(start, zone) == day
    assert local_day(end - timedelta(microseconds=1), zone) == day
    assert local_day(start - timedelta(microseconds=1), zone) < day
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)


def test_the_view_of_days_names_each_day_and_the_instant_of_its_beginning():
    with duckdb.connect() as connection:
        create_days_view(connection, Days(date(2024, 3, 30), date(2024, 4, 1)), "Europe/Zurich")
        assert connection.execute("SELECT * FROM days").fetchall() == [
            (date(2024, 3, 30), datetime(2024, 3, 29, 23)),
            (date(2024, 3, 31), datetime(2024, 3, 30, 23)),
            (date(2024, 4, 1), datetime(2024, 3, 31, 22)),
        ]


def test_a_view_of_no_day_has_the_columns_all_the_same():
    with duckdb.connect() as connection:
        create_days_view(connection, Days(date(2024, 3, 30), date(2024, 3, 29)), "UTC")
        assert connection.execute("SELECT * FROM days").fetchall() == []
        described = connection.execute("DESCRIBE days").fetchall()
        assert [row[:2] for row in described] == [("day", "DATE"), ("starts", "TIMESTAMP")]


def test_a_text_that_is_no_day_is_refused():
    with pytest.raises(RequestError) as error:
        parse_day("15.8.2018", "day")
    assert str(error.value) == "day '15.8.2018' is not a day. Write it as 2018-07-25."


@settings(max_examples=80, deadline=None)
@given(
    local=st.datetimes(datetime(2012, 1, 1), datetime(2030, 1, 1)),
    zone=st.sampled_from(ZONES[:4]),
    as_text=st.booleans(),
)
def test_times_without_a_zone_are_those_of_the_use_case(local, zone, as_text):
    """Python's zones and DuckDB's agree, but in the hours that are not there or there twice."""
    there = local.replace(tzinfo=ZoneInfo(zone))
    twice = there.utcoffset() != there.replace(fold=1).utcoffset()
    utc = there.astimezone(UTC)
    if twice or utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        return
    kind = "VARCHAR" if as_text else "TIMESTAMP"
    sql = typed("c", kind, Column(type="timestamp"), zone)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        found = connection.execute(
            f"SELECT {sql} FROM (SELECT CAST(? AS {kind}) AS c)", [str(local) if as_text else local]
        ).fetchone()
    assert found == (utc.replace(tzinfo=None),)


@pytest.mark.parametrize(
    "text", ["2024-03-31T01:30:00Z", "2024-03-31 03:30:00+02:00", "2024-03-30 20:30:00-0500"]
)
def test_a_text_that_names_its_zone_is_that_instant(text):
    sql = typed("c", "VARCHAR", Column(type="timestamp"), "Europe/Zurich")
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {sql} FROM (SELECT CAST(? AS VARCHAR) AS c)", [text])
        assert found.fetchone() == (datetime(2024, 3, 31, 1, 30),)


def test_an_hour_that_is_there_twice_or_never_is_read_all_the_same():
    sql = typed("c", "TIMESTAMP", Column(type="timestamp"), "Europe/Zurich")
    instants = ["2024-03-31 02:30", "2024-10-27 02:30"]
    with duckdb.connect() as connection:
        query = f"SELECT {sql} FROM (SELECT CAST(? AS TIMESTAMP) AS c)"
        found = [connection.execute(query, [each]).fetchone()[0] for each in instants]
    days = [local_day(each, "Europe/Zurich") for each in found]
    assert days == [date(2024, 3, 31), date(2024, 10, 27)]
    assert day_start(date(2024, 10, 28), "Europe/Zurich") == datetime(2024, 10, 27, 23)

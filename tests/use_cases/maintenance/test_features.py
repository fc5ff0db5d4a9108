import math
from datetime import datetime, timedelta
from statistics import fmean, stdev

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.use_case import load_use_case

MAINTENANCE = load_use_case("maintenance")
METRICS = ("plate_temperature", "press_force", "cook_seconds", "motor_current")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOMENT = datetime(2026, 3, 29, 22)
"""30 March begins in Madrid, after the first night of summer time."""
TIME = "datetime64[us]"
NO_ROWS = {
    "telemetry": {"machine": "str", "measured_at": TIME, **dict.fromkeys(METRICS, float)},
    "errors": {"machine": "str", "happened_at": TIME, "code": "str"},
    "maintenance": {"machine": "str", "done_at": TIME, "component": "str"},
    "failures": {"machine": "str", "failed_at": TIME, "component": "str"},
}


def connect(**tables: list[tuple]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, columns in NO_ROWS.items():
        rows = pd.DataFrame(tables.get(name, []), columns=list(columns)).astype(columns)
        connection.register(name, rows)
    return connection


def features_of(moments: list[tuple[str, datetime]], **tables: list[tuple]) -> pd.DataFrame:
    connection = connect(**tables)
    source = pd.DataFrame(moments, columns=["machine", "decided_at"])
    source = source.astype({"machine": "str", "decided_at": "datetime64[us]"}).assign(age=3)
    connection.register("source", source)
    found = connection.execute(MAINTENANCE.features_sql).df()
    return found.sort_values(["machine", "decided_at"]).reset_index(drop=True)


def row_of(moment: datetime = MOMENT, **tables: list[tuple]) -> dict[str, float]:
    (row,) = features_of([("a", moment)], **tables).to_dict("records")
    return row


def slope_a_day(points: list[tuple[float, float]]) -> float:
    x, y = fmean(p[0] for p in points), fmean(p[1] for p in points)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def obvious(machine: str, moment: datetime, telemetry: list[tuple]) -> dict[str, float]:
    found: dict[str, float] = {}
    shifts = []
    for index, metric in enumerate(METRICS):
        mine = [(at, row[index]) for name, at, *row in telemetry if name == machine]
        week = [(at, value) for at, value in mine if moment - 7 * DAY <= at < moment]
        day = [value for at, value in week if at >= moment - DAY]
        values = [value for _, value in week]
        found |= {
            f"{metric}_mean_7d": fmean(values) if values else math.nan,
            f"{metric}_deviation_7d": stdev(values) if len(values) > 1 else math.nan,
            f"{metric}_min_7d": min(values, default=math.nan),
            f"{metric}_max_7d": max(values, default=math.nan),
            f"{metric}_mean_1d": fmean(day) if day else math.nan,
            f"{metric}_deviation_1d": stdev(day) if len(day) > 1 else math.nan,
            f"{metric}_min_1d": min(day, default=math.nan),
            f"{metric}_max_1d": max(day, default=math.nan),
        }
        days = [((at - moment) / DAY, value) for at, value in week]
        found[f"{metric}_slope_7d"] = slope_a_day(days) if len(days) > 1 else math.nan
        shift = math.nan
        if day and found[f"{metric}_deviation_7d"] > 0:
            shift = (fmean(day) - fmean(values)) / found[f"{metric}_deviation_7d"]
            shifts.append(abs(shift))
        found[f"{metric}_shift_1d"] = shift
    return found | {"greatest_shift_1d": max(shifts, default=math.nan)}


readings = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from([0, 1, 23, 24, 25, 167, 168, 169]) | st.integers(-30, 200),
        st.tuples(*[st.integers(-5_000_000, 5_000_000)] * 4),
    ),
    unique_by=lambda each: each[:2],
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(readings)
def test_the_sql_equals_the_obvious_computation(readings):
    telemetry = [
        (machine, MOMENT - before * HOUR, *(value / 10_000 for value in values))
        for machine, before, values in readings
    ]
    moments = [("a", MOMENT - DAY + HOUR), ("a", MOMENT), ("b", MOMENT), ("b", MOMENT + DAY)]
    found = features_of(moments, telemetry=telemetry)
    expected = pd.DataFrame([obvious(*moment, telemetry) for moment in moments])
    pd.testing.assert_frame_equal(
        found[list(expected)].astype(float), expected, rtol=1e-9, atol=1e-7
    )


@settings(max_examples=20, deadline=None)
@given(readings, st.randoms())
def test_no_order_of_rows_and_no_other_decision_changes_a_bit(readings, random):
    telemetry = [
        (machine, MOMENT - before * HOUR, *(value / 7_001 for value in values))
        for machine, before, values in readings
    ]
    shuffled = random.sample(telemetry, len(telemetry))
    others = [("a", MOMENT - DAY + HOUR), ("b", MOMENT), ("a", MOMENT)]
    many = features_of(others, telemetry=telemetry)
    alone = features_of([("a", MOMENT)], telemetry=shuffled)
    names = MAINTENANCE.features
    pd.testing.assert_frame_equal(many.loc[[1], names].reset_index(drop=True), alone[names])


def test_every_feature_of_the_settings_is_answered_once_a_row():
    found = features_of([("a", MOMENT), ("b", MOMENT), ("a", MOMENT + DAY)])
    assert len(found) == 3
    assert set(MAINTENANCE.features) <= set(found.columns)


def test_what_happens_from_the_decision_on_is_not_seen():
    later = {
        "telemetry": [("a", MOMENT, 1.0, 1.0, 1.0, 1.0)],
        "errors": [("a", MOMENT, "E1")],
        "maintenance": [("a", MOMENT, "C1-heater")],
        "failures": [("a", MOMENT, "C1-heater")],
    }
    assert str(row_of(**later)) == str(row_of())


def test_errors_are_counted_by_the_number_in_their_code():
    row = row_of(
        errors=[
            ("a", MOMENT - timedelta(seconds=1), "E1"),
            ("a", MOMENT - DAY, "error1"),
            ("a", MOMENT - DAY - timedelta(seconds=1), "E1"),
            ("a", MOMENT - 5 * HOUR, "E4"),
            ("a", MOMENT - 7 * DAY, "E5"),
            ("a", MOMENT - 7 * DAY - timedelta(seconds=1), "E5"),
            ("b", MOMENT - HOUR, "E2"),
        ]
    )
    counts = {name: row[name] for name in row if "error" in name and row[name]}
    assert counts == {
        "errors_1d": 3, "error_codes_1d": 2, "errors_7d": 5,
        "errors_1_1d": 2, "errors_1_7d": 3, "errors_4_1d": 1, "errors_4_7d": 1, "errors_5_7d": 1,
    }  # fmt: skip


def test_days_since_maintenance_and_failure_end_with_thirty():
    row = row_of(
        maintenance=[
            ("a", MOMENT - 12 * HOUR, "C1-heater"),
            ("a", MOMENT - 20 * DAY, "comp1"),
            ("a", MOMENT - 20 * DAY, "C2-press"),
            ("a", MOMENT - 31 * DAY, "C3-timer"),
            ("a", MOMENT - 29.75 * DAY, "C4-motor"),
        ],
        failures=[("a", MOMENT - 20 * DAY, "C2-press"), ("b", MOMENT - DAY, "C2-press")],
    )
    days = [row[f"days_since_maintenance_{number}"] for number in (1, 2, 3, 4)]
    assert days == [0.5, 20, 30, 29.75]
    assert row["days_since_failure"] == 20
    assert row["age"] == 3


def rows_of(machines: list[str], days: list[str], **tables: list[tuple]) -> list[tuple]:
    connection = connect(**tables)
    connection.register(
        "machines",
        pd.DataFrame(
            [(machine, "Atocha", "pelua", 3) for machine in machines],
            columns=["machine", "kitchen", "arepa_type", "age"],
        ),
    )
    listed = ", ".join(f"(DATE '{day}')" for day in days)
    connection.execute(
        "CREATE VIEW days AS SELECT day, timezone('UTC', timezone('Europe/Madrid', "
        f"CAST(day AS TIMESTAMP))) AS starts FROM (VALUES {listed}) AS named(day)"
    )
    return connection.execute(
        f"SELECT machine, decided_at, fails FROM ({MAINTENANCE.rows_sql}) ORDER BY ALL"
    ).fetchall()


def read_until(moment: datetime) -> list[tuple]:
    return [("z", at, 1.0, 1.0, 1.0, 1.0) for at in (datetime(2026, 1, 2), moment)]


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        ("2026-03-28", datetime(2026, 3, 27, 23)),
        ("2026-03-29", datetime(2026, 3, 28, 23)),
        ("2026-03-30", datetime(2026, 3, 29, 22)),
        ("2026-10-25", datetime(2026, 10, 24, 22)),
        ("2026-10-26", datetime(2026, 10, 25, 23)),
    ],
)
def test_a_machine_fails_if_it_does_within_24_hours_whatever_the_clocks_do(day, starts):
    failures = [
        ("first", starts, "C1-heater"),
        ("last", starts + DAY - timedelta(minutes=1), "C1-heater"),
        ("twice", starts + HOUR, "C1-heater"),
        ("twice", starts + HOUR, "C2-press"),
        ("before", starts - timedelta(minutes=1), "C1-heater"),
        ("after", starts + DAY, "C1-heater"),
    ]
    machines = ["first", "last", "twice", "before", "after", "never"]
    found = rows_of(machines, [day], failures=failures, telemetry=read_until(starts + 2 * DAY))
    assert {moment for _, moment, _ in found} == {starts}
    assert {machine: fails for machine, _, fails in found} == {
        "first": 1, "last": 1, "twice": 1, "before": 0, "after": 0, "never": 0,
    }  # fmt: skip


def test_a_label_is_unknown_until_the_telemetry_has_come_so_far():
    starts = datetime(2026, 1, 14, 23)
    failures = [("a", starts + HOUR, "C1-heater")]
    for until, fails in ((starts + 22 * HOUR, None), (starts + 23 * HOUR, 0)):
        found = rows_of(["a", "b"], ["2026-01-15"], failures=failures, telemetry=read_until(until))
        assert found == [("a", starts, 1), ("b", starts, fails)]


def test_a_label_is_unknown_before_the_first_reading():
    found = rows_of(["a"], ["2026-01-02", "2026-01-03"], telemetry=read_until(MOMENT))
    assert found == [
        ("a", datetime(2026, 1, 1, 23), None),
        ("a", datetime(2026, 1, 2, 23), 0),
    ]

"""The kitchens' days, through the components, where the clocks change."""

from datetime import date, datetime, timedelta

import duckdb
import pytest

from components.prepare import prepare
from components.preprocess import preprocess
from penstock.contract import outputs_in
from penstock.use_case import load_use_case
from use_cases.maintenance.generator import generate

SUMMER_TIME = date(2026, 3, 29)
DAYS = {
    date(2026, 3, 28): datetime(2026, 3, 27, 23),
    SUMMER_TIME: datetime(2026, 3, 28, 23),
    date(2026, 3, 30): datetime(2026, 3, 29, 22),
}
"""When each day begins in Madrid, in UTC."""


@pytest.fixture(scope="module")
def kitchens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kitchens")
    start = SUMMER_TIME - timedelta(days=34)
    generate(folder, days=40, start=start, seed=3, time_zone="Europe/Madrid")
    return folder


@pytest.fixture(scope="module")
def trained(kitchens, tmp_path_factory):
    with outputs_in(tmp_path_factory.mktemp("trained")):
        return preprocess(
            "maintenance",
            str(kitchens),
            window="all",
            train_start="2026-03-28",
            train_end="2026-04-02",
            test_start="2026-04-03",
            test_end="2026-04-03",
            validation_days=0,
        )


@pytest.mark.parametrize("day", DAYS)
def test_decisions_of_a_day_are_those_of_training_and_stand_at_its_beginning(
    kitchens, trained, tmp_path, day
):
    with outputs_in(tmp_path):
        morning = prepare("maintenance", str(kitchens), day=str(day))
    features = ", ".join(load_use_case("maintenance").features)
    query = f"SELECT decided_at, machine, {features} FROM read_parquet('{{}}')"
    due = duckdb.sql(query.format(morning.rows.path) + " ORDER BY machine").fetchall()
    seen = duckdb.sql(
        query.format(trained.train.path) + f" WHERE event_day = DATE '{day}' ORDER BY machine"
    ).fetchall()
    assert morning.due == len(due) == 160
    assert {row[0] for row in due} == {DAYS[day]}
    assert due == seen


def test_without_a_date_the_day_after_the_newest_row_is_decided(kitchens, tmp_path):
    with outputs_in(tmp_path):
        morning = prepare("maintenance", str(kitchens))
    assert (morning.day, morning.run, morning.due) == (
        "2026-04-04",
        "maintenance/2026-04-04",
        160,
    )


def test_labels_of_training_are_the_failures_of_the_day(kitchens, trained):
    wrong = duckdb.sql(
        f"""
        SELECT count(*) FROM (
            SELECT fails, (
                SELECT count(*) FROM read_parquet('{kitchens}/failures/*.parquet') AS failures
                WHERE failures.machine = rows.machine
                    AND epoch(failed_at) >= epoch(decided_at)
                    AND epoch(failed_at) < epoch(decided_at) + 86400
            ) AS failures
            FROM read_parquet('{trained.train.path}') AS rows
        ) WHERE fails <> least(failures, 1)
        """
    ).fetchone()
    assert wrong == (0,)

from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from penstock.data.digest import content_digest
from penstock.use_case import load_use_case
from use_cases.maintenance.generator import generate
from use_cases.maintenance.wear import KITCHENS, METRICS, NOISE, TYPES, make_world

SETTINGS = {"start": date(2026, 3, 26), "seed": 3, "time_zone": "Europe/Madrid"}
"""The clocks went forward on 29 March 2026."""
MACHINES = sum(TYPES.values())


@pytest.fixture(scope="module")
def kitchens(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kitchens")
    generate(folder, days=50, **SETTINGS)
    return folder


@pytest.fixture
def sql(kitchens):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in load_use_case("maintenance").tables:
        connection.execute(
            f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{kitchens}/{table}/*.parquet')"
        )
    return connection


def test_the_tables_hold_what_the_use_case_declares(sql):
    for name, table in load_use_case("maintenance").tables.items():
        described = sql.execute(f"DESCRIBE {name}").fetchall()
        assert [row[0] for row in described] == list(table.columns)
        key = ", ".join(table.key)
        rows, keys, whole = sql.execute(
            f"SELECT count(*), count(DISTINCT ({key})), count(COLUMNS(*)) = count(*) FROM {name}"
        ).fetchone()[:3]
        assert rows == keys
        assert whole


def test_a_day_has_the_same_bytes_however_the_days_are_cut(kitchens, tmp_path):
    for index, (first, days) in enumerate(((0, 1), (1, 3), (4, 1), (37, 2))):
        folder = tmp_path / str(index)
        folder.mkdir()
        generate(folder, first_day=first, days=days, **SETTINGS)
        files = list(folder.rglob("*.parquet"))
        assert len(files) == 4 * days + (first == 0)
        for file in files:
            assert file.read_bytes() == (kitchens / file.relative_to(folder)).read_bytes()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        generate(tmp_path / name, days=2, **{**SETTINGS, "seed": seed})
        digests.append(content_digest(tmp_path / name))
    assert digests[0] == digests[1] != digests[2]


def test_a_local_day_has_as_many_readings_as_hours(sql, kitchens):
    found = dict(
        sql.execute(
            "SELECT parse_filename(filename, true), count(DISTINCT measured_at) "
            f"FROM read_parquet('{kitchens}/telemetry/*.parquet', filename = true) GROUP BY 1"
        ).fetchall()
    )
    assert len(found) == 50
    assert found.pop("2026-03-29") == 23
    assert set(found.values()) == {24}
    first, last = sql.execute("SELECT min(measured_at), max(measured_at) FROM telemetry").fetchone()
    assert first.replace(tzinfo=None) == datetime(2026, 3, 25, 23)
    assert last.replace(tzinfo=None) == datetime(2026, 5, 14, 21)


def test_there_are_kitchens_types_and_machines_and_two_types_are_thin(sql):
    found = sql.execute(
        "SELECT count(*), count(DISTINCT kitchen), count(DISTINCT arepa_type) FROM machines"
    ).fetchone()
    assert found == (MACHINES, len(KITCHENS), 8)
    thin = sql.execute(
        "SELECT arepa_type, count(*) FROM machines GROUP BY 1 HAVING count(*) < 10 ORDER BY 1"
    ).fetchall()
    assert thin == [("sifrina", 4), ("viuda", 6)]
    assert set(load_use_case("maintenance").segment_names) == set(TYPES)


def test_every_failure_is_repaired_and_most_maintenance_is_planned(sql):
    unrepaired = sql.execute(
        "SELECT count(*) FROM failures ANTI JOIN maintenance ON failures.machine = "
        "maintenance.machine AND failed_at = done_at AND failures.component = maintenance.component"
    ).fetchone()
    assert unrepaired == (0,)
    failures, renewals = sql.execute(
        "SELECT (SELECT count(*) FROM failures), (SELECT count(*) FROM maintenance)"
    ).fetchone()
    assert 0.2 < failures / renewals < 0.5
    assert 15 < MACHINES * 50 / failures < 60


def test_a_machine_gives_no_readings_while_it_is_repaired(sql):
    found = sql.execute(
        "SELECT count(*) FROM failures JOIN telemetry USING (machine) "
        "WHERE measured_at >= failed_at AND measured_at < failed_at + INTERVAL 3 HOURS"
    ).fetchone()
    assert found == (0,)


def test_failures_are_preceded_by_drift_in_the_direction_of_the_type_and_by_errors(sql):
    world = make_world(SETTINGS["seed"])
    drifts = []
    for number, metric in enumerate(METRICS, start=1):
        rows = sql.execute(
            f"""
            SELECT machine,
                avg({metric}) FILTER (WHERE measured_at >= failed_at - INTERVAL 8 HOURS)
                - avg({metric}) FILTER (WHERE measured_at < failed_at - INTERVAL 8 DAYS)
            FROM failures JOIN telemetry USING (machine)
            WHERE component LIKE 'C{number}%' AND measured_at < failed_at
                AND measured_at >= failed_at - INTERVAL 12 DAYS
            GROUP BY machine, failed_at
            """
        ).fetchall()
        for machine, moved in rows:
            if moved is not None:
                direction = np.sign(world.direction[world.names.index(machine), number - 1])
                drifts.append(moved * direction / NOISE[number - 1])
    assert np.mean(np.array(drifts) > 1.5) > 0.7
    before, always = sql.execute(
        f"""
        SELECT
            (SELECT count(*) FROM failures JOIN errors USING (machine)
                WHERE happened_at < failed_at AND happened_at >= failed_at - INTERVAL 1 DAY
                AND code[2] = component[2]) / (SELECT count(*) FROM failures),
            (SELECT count(*) FROM errors) / {MACHINES * 50 * 5}
        """
    ).fetchone()
    assert before > 10 * always


def test_kitchens_are_busy_at_lunch_by_the_clock_on_the_wall(sql):
    for period in ("< '2026-03-29'", ">= '2026-03-30'"):
        busiest = sql.execute(
            "SELECT hour(timezone('Europe/Madrid', measured_at)) FROM telemetry "
            f"WHERE measured_at {period} GROUP BY 1 ORDER BY avg(cook_seconds) DESC LIMIT 1"
        ).fetchone()
        assert busiest[0] in (13, 14, 15, 21)

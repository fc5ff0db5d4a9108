from datetime import date, timedelta

import duckdb
import pytest

from penstock.data.digest import content_digest
from penstock.use_case import generate_source, load_use_case, use_case_names
from use_cases.fraud.generator import generate

SMALL = {"start": date(2024, 3, 1), "customers": 300, "terminals": 600}


@pytest.mark.parametrize("name", ["diabetes", "fraud", "wine"])
def test_every_use_case_loads_and_generates_what_it_declares(name, tmp_path):
    assert name in use_case_names()
    use_case = load_use_case(name)
    folder = generate_source(use_case, tmp_path)
    found = duckdb.execute(f"DESCRIBE SELECT * FROM read_parquet('{folder}/*.parquet')").fetchall()
    assert set(use_case.columns) <= {row[0] for row in found}


def test_a_use_case_of_tables_generates_a_folder_each(tmp_path):
    use_case = load_use_case("maintenance")
    folder = generate_source(use_case, tmp_path)
    assert {each.name for each in folder.iterdir()} == set(use_case.tables)
    assert len(list((folder / "telemetry").iterdir())) == use_case.source.generator.load_days


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        generate(tmp_path / name, days=3, seed=seed, **SMALL)
        digests.append(content_digest(tmp_path / name))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(("first_day", "days"), [(0, 2), (1, 1), (2, 3), (39, 2)])
def test_a_day_has_the_same_bytes_however_the_days_are_cut(tmp_path, first_day, days):
    for name, span in (("whole", (0, 41)), ("part", (first_day, days))):
        (tmp_path / name).mkdir()
        generate(tmp_path / name, first_day=span[0], days=span[1], seed=1, **SMALL)
    part = sorted((tmp_path / "part").iterdir())
    assert [file.stem for file in part] == [
        str(SMALL["start"] + timedelta(days=first_day + day)) for day in range(days)
    ]
    for file in part:
        assert file.read_bytes() == (tmp_path / "whole" / file.name).read_bytes()


def test_transactions_are_numbered_through_the_days(tmp_path):
    generate(tmp_path, first_day=5, days=3, seed=1, **SMALL)
    numbers = [
        [number for (number,) in duckdb.sql(f"SELECT TRANSACTION_ID FROM '{file}'").fetchall()]
        for file in sorted(tmp_path.iterdir())
    ]
    assert [day[0] for day in numbers] == [50_000_000, 60_000_000, 70_000_000]
    together = [number for day in numbers for number in day]
    assert together == sorted(set(together))


def test_the_stream_is_like_the_handbooks(tmp_path):
    rows = generate(
        tmp_path, start=date(2018, 6, 1), days=60, seed=5, customers=1500, terminals=3000
    )
    found = duckdb.execute(
        "SELECT count(*), count(DISTINCT TRANSACTION_ID), avg(TX_FRAUD), min(TX_AMOUNT), "
        "count(DISTINCT TX_FRAUD_SCENARIO), avg(TX_AMOUNT), "
        "min(TX_DATETIME), max(TX_DATETIME), "
        "bool_and(epoch(TX_DATETIME) - epoch(TIMESTAMP '2018-06-01') = TX_TIME_SECONDS) "
        f"FROM read_parquet('{tmp_path}/*.parquet')"
    ).fetchone()
    assert found[0] == found[1] == rows
    assert 0.005 < found[2] < 0.012
    assert found[3] >= 0
    assert found[4] == 4
    assert 40 < found[5] < 70
    assert str(found[6].date()) == "2018-06-01"
    assert str(found[7].date()) == "2018-07-30"
    assert found[8]


def test_generated_data_are_kept_and_found_again(tmp_path):
    wine = load_use_case("wine")
    first = generate_source(wine, tmp_path)
    written = (first / "wine.parquet").stat().st_mtime_ns
    assert generate_source(wine, tmp_path) == first
    assert (first / "wine.parquet").stat().st_mtime_ns == written
    assert [file.name for file in tmp_path.iterdir()] == [first.name]

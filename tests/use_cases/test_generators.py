from datetime import date

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


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        generate(tmp_path / name, days=3, seed=seed, **SMALL)
        digests.append(content_digest(tmp_path / name))
    assert digests[0] == digests[1] != digests[2]


def test_a_longer_stream_begins_with_the_shorter_one(tmp_path):
    for name, days in (("short", 2), ("long", 4)):
        (tmp_path / name).mkdir()
        generate(tmp_path / name, days=days, seed=1, **SMALL)
    short = sorted((tmp_path / "short").iterdir())
    assert [file.name for file in short] == ["2024-03-01.parquet", "2024-03-02.parquet"]
    for file in short:
        assert file.read_bytes() == (tmp_path / "long" / file.name).read_bytes()


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

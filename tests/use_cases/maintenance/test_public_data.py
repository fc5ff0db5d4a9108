"""The use case on the public maintenance data in a real PostgreSQL, by other names."""

import json
from pathlib import Path

import duckdb
import pytest

from components.evaluate import evaluate
from components.prepare import prepare
from components.preprocess import preprocess
from components.train import train
from penstock.contract import outputs_in
from penstock.errors import DataError
from penstock.use_case import load_use_case

MARCH = {
    "train_start": "2015-01-02",
    "train_end": "2015-02-14",
    "validation_days": 14,
    "test_start": "2015-03-01",
    "test_end": "2015-03-31",
}
"""Trained to the end of February: what validates is trained on as well, in the end."""


@pytest.fixture(scope="module")
def prepared(renamed, public_database, tmp_path_factory):
    with outputs_in(tmp_path_factory.mktemp("prepared")):
        return preprocess(str(renamed), public_database, **MARCH)


def test_other_names_of_tables_and_columns_read_the_public_data(prepared):
    found = duckdb.sql(
        f"SELECT count(*), sum(fails), count(DISTINCT machine), min(decided_at), max(decided_at) "
        f"FROM read_parquet('{prepared.test.path}')"
    ).fetchone()
    assert [str(each) for each in found] == [
        "620", "11", "20", "2015-03-01 00:00:00", "2015-03-31 00:00:00",
    ]  # fmt: skip
    summary = json.loads(Path(prepared.summary.path).read_text())
    assert summary["rows_quarantined"] == 0


def test_a_morning_sees_the_very_features_that_training_saw(
    renamed, public_database, prepared, tmp_path
):
    with outputs_in(tmp_path):
        morning = prepare(str(renamed), public_database, day="2015-03-20")
    assert (morning.due, morning.day) == (20, "2015-03-20")
    columns = ", ".join(["machine", "decided_at", *load_use_case(str(renamed)).features])
    both = [
        duckdb.sql(
            f"SELECT {columns} FROM read_parquet('{rows.path}') "
            "WHERE decided_at = TIMESTAMP '2015-03-20' ORDER BY machine"
        ).fetchall()
        for rows in (prepared.test, morning.rows)
    ]
    assert len(both[0]) == 20
    assert both[0] == both[1]


@pytest.mark.slow
def test_daily_decisions_of_march_are_as_good_as_a_baseline(renamed, prepared, tmp_path):
    with outputs_in(tmp_path / "train"):
        trained = train(str(renamed), prepared.train, prepared.validation)
    with outputs_in(tmp_path / "evaluate"):
        evaluated = evaluate(str(renamed), trained.model, prepared.test, trained.scores)
    metrics = json.loads(Path(evaluated.metrics.path).read_text())["metrics"]
    assert metrics["roc_auc"]["value"] >= 0.985
    assert metrics["average_precision"]["value"] >= 0.78


def test_an_unknown_type_in_the_text_file_offers_its_near_misses(
    renamed_with, public_database, tmp_path
):
    types = "\ufeff# types\n\nmodel1\nmodle2 # the small one\nModel3\ngrill\n"
    with pytest.raises(DataError) as error, outputs_in(tmp_path / "out"):
        preprocess(str(renamed_with(types)), public_database, **MARCH)
    unknown = "maintenance/arepa_types.txt: the segment '{}' is no value of arepa_type. "
    assert str(error.value) == "\n".join(
        (
            unknown.format("modle2") + "Did you mean model2?",
            unknown.format("Model3") + "Did you mean model3?",
            unknown.format("grill") + "The values are: model1, model2, model3, model4.",
        )
    )

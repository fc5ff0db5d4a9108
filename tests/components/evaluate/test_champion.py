"""A candidate beside the live model, through the component."""

import json
from pathlib import Path

import pytest

from components.evaluate import evaluate
from components.train import train
from penstock.contract import outputs_in
from penstock.errors import DataError


@pytest.fixture
def trained(tmp_path):
    """Train a candidate of a case and return its model and scores."""

    def run(case, name, candidate):
        with outputs_in(tmp_path / name):
            train(case.use_case, case.train, case.validation, candidate)
        model, scores = type(case.test)(), type(case.test)()
        model.uri, scores.uri = (str(tmp_path / name / each) for each in ("model", "scores"))
        return model, scores

    return run


@pytest.fixture
def judged(tmp_path):
    def run(case, candidate, champion="", version="", name="evaluated"):
        with outputs_in(tmp_path / name):
            found = evaluate(case.use_case, *candidate[:1], case.test, candidate[1], 0, champion,
                             version)  # fmt: skip
        document = json.loads(Path(found.metrics.path).read_text())
        return document, Path(found.report.path).read_text(encoding="utf-8")

    return run


@pytest.fixture(params=["binary", "multiclass", "regression"])
def task(request):
    return request.param


def test_a_model_against_itself_is_undecided_by_every_metric(make_case, trained, judged, task):
    case = make_case(task)
    candidate = trained(case, "one", "xgboost")
    document, page = judged(case, candidate, candidate[0].path, "small/4")
    found = document["comparison"]
    assert (found["outcome"], found["recommended"]) == ("undecided", False)
    assert (found["champion"], found["rows"]) == ("small/4", 400)
    assert set(found["metrics"]) == set(document["metrics"])
    for name, each in found["metrics"].items():
        assert (each["difference"], each["low"], each["high"]) == (0, 0, 0)
        assert each["champion"] == document["metrics"][name]["value"]
    assert "<h2>Against small/4</h2>" in page
    assert found["sentence"] in page


def test_models_that_change_places_change_the_outcome_exactly(make_case, trained, judged, task):
    case = make_case(task)
    good = trained(case, "good", "xgboost")
    poor = trained(case, "poor", "random_forest")
    there, _ = judged(case, good, poor[0].path, "small/1", "there")
    back, _ = judged(case, poor, good[0].path, "small/2", "back")
    other = {"better": "worse", "worse": "better", "undecided": "undecided"}
    mine, theirs = there["comparison"], back["comparison"]
    assert theirs["outcome"] == other[mine["outcome"]]
    for name, each in mine["metrics"].items():
        assert each["difference"] == -theirs["metrics"][name]["difference"]
        assert (each["low"], each["high"]) == (
            -theirs["metrics"][name]["high"],
            -theirs["metrics"][name]["low"],
        )


def test_without_a_champion_the_candidate_is_the_first(make_case, trained, judged):
    case = make_case()
    document, page = judged(case, trained(case, "one", "xgboost"))
    found = document["comparison"]
    assert (found["outcome"], found["recommended"], found["metrics"]) == ("first", True, {})
    assert found["sentence"] == "The first: no model is live to compare it with."
    assert "<h2>Against" not in page


def test_a_champion_of_another_task_is_not_comparable(make_case, trained, judged):
    case = make_case("binary")
    candidate = trained(case, "one", "xgboost")
    strange = trained(make_case("regression"), "strange", "xgboost")
    document, page = judged(case, candidate, strange[0].path, "small/9")
    found = document["comparison"]
    assert (found["outcome"], found["recommended"], found["rows"]) == ("incomparable", False, 0)
    assert found["sentence"] == (
        "Not comparable with small/9: it predicts another target or other classes."
    )
    assert found["sentence"] in page


def test_a_champion_that_needs_a_column_that_is_gone_is_not_comparable(
    make_case, trained, judged, tmp_path
):
    import pyarrow.parquet as pq

    case = make_case("binary")
    champion = trained(case, "old", "xgboost")
    settings = Path(case.use_case) / "use_case.yaml"
    settings.write_text(
        settings.read_text().replace("features: [a, b, c]", "features: [a, b]")
        .replace("  c: {type: integer}\n", "")
    )  # fmt: skip
    for each in (case.train, case.validation, case.test):
        file = Path(each.path) / "part-0.parquet"
        pq.write_table(pq.read_table(file).drop_columns(["c"]), file)
    document, _ = judged(case, trained(case, "new", "xgboost"), champion[0].path, "small/1")
    found = document["comparison"]
    assert (found["outcome"], found["recommended"]) == ("incomparable", False)
    assert "c" in found["sentence"]


def test_a_damaged_champion_is_refused_before_it_scores(make_case, trained, judged):
    case = make_case("binary")
    candidate = trained(case, "one", "xgboost")
    champion = trained(case, "two", "xgboost")
    file = next(each for each in sorted(Path(champion[0].path).iterdir()) if "ubj" in each.name)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataError):
        judged(case, candidate, champion[0].path, "small/1")


def test_the_report_names_slices_beside_the_live_model(make_case, trained, judged):
    more = "slices:\n  - {name: high b, where: b > 0}\n  - {name: '<b>few</b>', where: id < 3}\n"
    case = make_case("binary", more=more)
    candidate = trained(case, "one", "xgboost")
    document, page = judged(case, candidate, candidate[0].path, "small/4")
    assert [each["name"] for each in document["slices"]] == ["high b", "<b>few</b>"]
    assert document["slices"][0]["differences"]["roc_auc"]["difference"] == 0
    assert "<h2>Slices</h2>" in page
    assert "difference to small/4" in page
    assert "&lt;b&gt;few&lt;/b&gt;" in page
    assert "fewer than 30 rows" in page

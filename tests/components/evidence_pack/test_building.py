import json

import pytest

from components.evaluate import evaluate
from components.evidence_pack.building import Judged, build_pack
from components.evidence_pack.facts import Facts
from components.train import train
from penstock.contract import outputs_in
from penstock.use_case import load_use_case


@pytest.fixture
def packed(make_case, tmp_path):
    """Train, judge and pack a candidate against an earlier one, and return its pack."""

    def run(task, name, before=None):
        case = make_case(task, more="slices: [{name: region, column: region}]")
        place = tmp_path / name
        with outputs_in(place):
            if not (place / "model").exists():
                train(case.use_case, case.train, case.validation, "xgboost")
        model, scores = type(case.test)(), type(case.test)()
        model.uri, scores.uri = str(place / "model"), str(place / "scores")
        champion = ("", "") if before is None else (str(tmp_path / before / "model"), "small/1")
        with outputs_in(place / "judged"):
            found = evaluate(case.use_case, model, case.test, scores, 0, *champion)
        summary = place / "summary.json"
        summary.write_text(json.dumps({"rows_read": 800, "splits": {"train": {"rows": 800}}}))
        judged = Judged(
            model=place / "model",
            metrics=place / "judged" / "metrics",
            report=place / "judged" / "report",
            summary=summary,
            assembly=None,
            train=tmp_path / "data" / task / "train",
            test=tmp_path / "data" / task / "test",
        )
        assert found.passed
        facts = Facts("small", "small", "run-1", "ada", "monthly", "c0ffee", "", "", champion[1])
        (place / "pack").mkdir()
        live = None if before is None else tmp_path / before / "pack"
        return build_pack(place / "pack", load_use_case(case.use_case), judged, facts, live)

    return run


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_candidate_that_is_the_live_model_again_did_not_move_and_is_not_recommended(packed, task):
    first = packed(task, "one")
    assert first.document["verdict"]["recommended"] is True
    assert first.document["drift"]["reason"] == "there is nothing to compare with"
    again = packed(task, "two", before="one")
    verdict, drift = again.document["verdict"], again.document["drift"]
    assert (verdict["champion"], verdict["outcome"], verdict["recommended"]) == (
        "small/1", "undecided", False,
    )  # fmt: skip
    assert list(drift["features"]) == ["a", "b", "c"]
    assert [each["psi"] for each in (*drift["features"].values(), drift["scores"])] == [0] * 4
    page = (again.folder / "evidence.html").read_text(encoding="utf-8")
    assert "Not recommended" in page
    assert verdict["sentence"] in page
    assert "region: south" in page
    assert ("<h2>Calibration</h2>" in page) is (task == "binary")

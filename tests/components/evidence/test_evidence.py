"""The evidence of a candidate, as the component writes it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.evaluate import evaluate
from components.evidence import Evidence, evidence
from components.train import train
from penstock.contract import Metrics, outputs_in
from penstock.data.digest import content_digest
from penstock.errors import DataError
from penstock.evidence.pack import read_pack
from penstock.evidence.verify import verify_pack

SUMMARY = {
    "rows_read": 3000,
    "rows_quarantined": 2,
    "reasons": {"label is missing": 2},
    "splits": {"train": {"rows": 2000, "features": {}}},
    "lineage": {"data_table": "rows", "data_rows": 3000, "data_snapshot_to": "7"},
}


@pytest.fixture
def proof(make_case: Any, tmp_path: Path) -> Callable[..., tuple[Evidence, Any]]:
    """Train, evaluate and gather the evidence of a candidate; give it and its model."""
    case = make_case("binary")

    def make(name: str, champion: tuple[str, str] = ("", ""), **facts: str) -> Any:
        with outputs_in(tmp_path / name / "trained"):
            found = train(case.use_case, case.train, case.validation, "xgboost")
        version = "small/1" if champion[0] else ""
        with outputs_in(tmp_path / name / "judged"):
            judged = evaluate(
                case.use_case, found.model, case.test, found.scores, 0, champion[0], version
            )
        summary = Metrics()
        summary.uri = str(tmp_path / name / "summary.json")
        Path(summary.path).write_text(json.dumps(SUMMARY))
        with outputs_in(tmp_path / name / "proof"):
            gathered = evidence(
                use_case=case.use_case,
                group="small",
                model=found.model,
                metrics=judged.metrics,
                report=judged.report,
                summary=summary,
                assembly=judged.metrics,
                train=case.train,
                test=case.test,
                champion_version=version,
                champion_evidence=champion[1],
                **facts,
            )
        return gathered, found.model

    return make


def document_of(found: Evidence) -> dict[str, Any]:
    return dict(read_pack(Path(found.pack.path)).document)


def test_the_pack_names_every_byte_that_was_judged(proof: Any) -> None:
    found, model = proof("one", started_by="ann", reason="weekly", code="abc dirty")
    folder = Path(found.pack.path)
    assert verify_pack(folder, {"model": Path(model.path)}, digest=found.digest) == []
    assert sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.*")) == [
        "evidence.html",
        "evidence.json",
        "metrics.json",
        "packages.txt",
        "profile.json",
        "report.html",
        "use_case/use_case.yaml",
    ]
    document = document_of(found)
    assert found.model_digest == content_digest(Path(model.path))
    assert document["digests"]["model"] == {"digest": content_digest(Path(model.path))}
    assert document["digests"]["code"] == {"commit": "abc", "dirty": True}
    assert document["digests"]["use_case"]["reference"].endswith(
        document["digests"]["use_case"]["digest"]
    )
    assert document["candidate"]["started_by"] == "ann"
    assert document["data"]["table"] == "rows"
    assert document["data"]["quarantine"] == {"rows": 2, "reasons": {"label is missing": 2}}
    assert document["data"]["pii"] == {
        "seen": ["customer"],
        "dropped": ["customer"],
        "kept_as_key": [],
    }
    assert "xgboost-cpu==" in (folder / "packages.txt").read_text()


def test_the_first_candidate_is_recommended_and_has_nothing_to_drift_from(proof: Any) -> None:
    found, _ = proof("one")
    assert found[3:6] == ("true", "The first: no model is live to compare it with.", "none")
    document = document_of(found)
    assert document["verdict"]["outcome"] == "first"
    assert document["drift"]["reason"] == "there is nothing to compare with"


def test_the_same_rows_do_not_drift_and_the_same_model_is_undecided(proof: Any) -> None:
    first, model = proof("one")
    second, _ = proof("two", (str(model.path), str(first.pack.path)))
    assert (second.recommended, second.champion) == ("false", "small/1")
    assert second.verdict.startswith("Undecided against small/1: average precision ")
    drift = document_of(second)["drift"]
    assert {name: each["psi"] for name, each in drift["features"].items()} == {
        "a": 0.0,
        "b": 0.0,
        "c": 0.0,
    }
    assert drift["scores"]["level"] == "stable"


def test_the_same_facts_give_the_same_evidence_digest(proof: Any) -> None:
    assert proof("one", reason="x")[0].digest == proof("two", reason="x")[0].digest
    assert proof("three", reason="y")[0].digest != proof("four", reason="x")[0].digest


def test_texts_for_lists_hold_only_signs_that_a_model_package_can(proof: Any) -> None:
    found, _ = proof("one", started_by="<b>ann</b>", reason="é" * 300)
    assert found.started_by == "_b_ann_/b_"
    assert len(found.reason) == 256
    assert document_of(found)["candidate"]["started_by"] == "<b>ann</b>"
    assert "<b>ann" not in Path(found.pack.path, "evidence.html").read_text()


def test_an_altered_profile_of_the_live_model_is_refused(proof: Any) -> None:
    first, model = proof("one")
    file = Path(first.pack.path) / "profile.json"
    file.write_bytes(file.read_bytes().replace(b'"missing":0', b'"missing":1'))
    with pytest.raises(DataError) as caught:
        proof("two", (str(model.path), str(first.pack.path)))
    assert str(caught.value) == (
        f"{file}: the live model's profile is not the one that its evidence names. "
        "See what changed it: pipeline evidence verify."
    )

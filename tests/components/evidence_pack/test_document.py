from typing import Any

import pytest

from components.evidence_pack.document import evidence_document
from components.evidence_pack.facts import Facts
from penstock.use_case import load_use_case


def document(segment: str, **more: Any) -> dict[str, Any]:
    use_case = load_use_case("fraud").model_copy(update={"segment": segment})
    comparison = {"outcome": "better", "recommended": True, "sentence": "Better than fraud/1."}
    metrics = {
        "passed": True,
        "comparison": comparison,
        "segments": [{"name": "ann", "outcome": "passed"}, {"name": "ben", "outcome": "thin"}],
    }
    return evidence_document(
        use_case,
        Facts("fraud", "fraud@sha256:0", "", "", "", "", "", "", "fraud/1"),
        metrics=metrics | more.pop("metrics", {}),
        summary={},
        assembly=more.get("assembly"),
        drift={},
        model_digest="sha256:1",
        packages_digest="sha256:2",
    )


def assembly(promoted: int) -> dict[str, Any]:
    return {
        "promoted": promoted,
        "served_by": {"own": promoted, "pooled": 0, "previous": 2 - promoted, "none": 0},
        "pooled": {"origin": "file:///before"},
        "segments": {"ann": {"served_by": "own"}, "ben": {"served_by": "previous"}},
    }


def test_segments_are_told_by_name_unless_the_names_are_personal() -> None:
    found = document("TX_DURING_NIGHT", assembly=assembly(1))
    assert [each["name"] for each in found["segments"]] == ["ann", "ben"]
    hidden = document("CUSTOMER_ID", assembly=assembly(1))
    assert [each["name"] for each in hidden["segments"]] == ["segment 1", "segment 2"]
    assert hidden["assembly"]["segments"] == {
        "segment 1": {"served_by": "own"},
        "segment 2": {"served_by": "previous"},
    }


@pytest.mark.parametrize(("promoted", "recommended"), [(0, False), (1, True)])
def test_a_bundle_is_recommended_if_one_segment_gets_a_new_model(
    promoted: int, recommended: bool
) -> None:
    verdict = document("TX_DURING_NIGHT", assembly=assembly(promoted))["verdict"]
    assert verdict["recommended"] is recommended
    assert verdict["sentence"] == (
        f"{promoted} of 2 segments get a new model, {2 - promoted} keep theirs. "
        "Better than fraud/1."
    )


def test_one_model_for_all_is_recommended_by_its_comparison_and_its_gates() -> None:
    assert document("TX_DURING_NIGHT")["verdict"]["recommended"] is True
    failed = document("TX_DURING_NIGHT", metrics={"passed": False})
    assert failed["verdict"]["recommended"] is False

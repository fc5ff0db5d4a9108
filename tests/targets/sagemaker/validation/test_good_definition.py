"""What is right is accepted."""

from __future__ import annotations

from pathlib import Path

from penstock.targets.sagemaker.validation import check_definition_text

GOOD = Path(__file__).parent / "good_definition.json"


def test_a_good_definition_has_no_findings() -> None:
    assert check_definition_text(GOOD.read_text(encoding="utf-8"), "definition.json") == []

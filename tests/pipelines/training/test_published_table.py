"""The Fraud Detection Handbook's published week, from its raw columns."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

PUBLISHED = {
    "xgboost": (0.862, 0.639, 0.273),
    "random forest": (0.867, 0.658, 0.287),
    "logistic regression": (0.871, 0.606, 0.291),
}
TEST_WEEK = ("--set", "test_start=2018-08-08", "--set", "test_end=2018-08-14")
HANDBOOK = (
    *("--set", "train_start=2018-07-25", "--set", "train_end=2018-07-31"),
    *("--set", "validation_days=0", "--set", "candidates=handbook_xgboost"),
)


def scores(summary: dict[str, Any]) -> tuple[float, float, float]:
    """ROC AUC, average precision and card precision@100 of a run."""
    report = Path(urlparse(summary["reports"][0]).path)
    found = json.loads((report.parents[1] / "metrics" / "metrics.json").read_text())["metrics"]
    names = ("roc_auc", "average_precision", "card_precision@100")
    first, second, third = (float(found[name]["value"]) for name in names)
    return first, second, third


@pytest.mark.slow
def test_the_handbooks_settings_give_its_published_row(
    pipeline_in: Any, handbook_data: Path, tmp_path: Path
) -> None:
    run = pipeline_in(
        tmp_path,
        *("run", "training", "--use-case", "fraud", "--json", "--source", str(handbook_data)),
        *(*HANDBOOK, *TEST_WEEK),
    )
    assert run.code == 0, run.errors
    assert tuple(round(score, 3) for score in scores(run.summary)) == PUBLISHED["xgboost"]


@pytest.mark.slow
def test_the_defaults_beat_every_published_row(
    pipeline_in: Any, handbook_data: Path, tmp_path: Path
) -> None:
    run = pipeline_in(
        tmp_path,
        *("run", "training", "--use-case", "fraud", "--json", "--source", str(handbook_data)),
        *TEST_WEEK,
    )
    assert run.code == 0, run.errors
    _, average_precision, card_precision = scores(run.summary)
    assert average_precision > max(row[1] for row in PUBLISHED.values())
    assert card_precision > max(row[2] for row in PUBLISHED.values())

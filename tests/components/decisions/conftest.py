"""A use case of machines with its predictions of a day."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.contract import Dataset
from penstock.use_case import UseCase, load_use_case

SETTINGS = """\
name: machines
description: Which machine to visit.
task: {task}
key: [machine]
entity: machine
time_column: at
time_zone: Europe/Madrid
segment: kind
segments: {{}}
target: fails
columns:
  machine: {{type: string}}
  owner: {{type: string, role: pii}}
  kitchen: {{type: string}}
  kind: {{type: string}}
  at: {{type: timestamp}}
  fails: {{type: integer}}
  heat: {{type: float}}
features: [heat]
metric: {metric}
candidates: {{xgboost: {{}}}}
inference:
  reasons: 1
  positive_decision: visit
  negative_decision: wait
  group: kitchen
{more}
"""


@pytest.fixture
def make_use_case(tmp_path):
    def make(task: str = "binary", more: str = "") -> UseCase:
        folder = tmp_path / "machines"
        folder.mkdir(exist_ok=True)
        metric = {"binary": "roc_auc", "multiclass": "macro_f1"}.get(task, "rmse")
        (folder / "use_case.yaml").write_text(SETTINGS.format(task=task, metric=metric, more=more))
        return load_use_case(str(folder))

    return make


def predictions(scores: list[float | None], **replaced: object) -> pa.Table:
    count = len(scores)
    columns = {
        "machine": [f"m{index}" for index in range(count)],
        "at": pa.array([datetime(2026, 5, 15, 22)] * count, pa.timestamp("us")),
        "kind": ["plate", "press"] * (count // 2) + ["plate"] * (count % 2),
        "kitchen": ["north", "south"] * (count // 2) + ["north"] * (count % 2),
        "owner": [f"person {index}" for index in range(count)],
        "score": pa.array(scores, pa.float64()),
        "decision": ["" if s is None else "visit" if s >= 0.5 else "wait" for s in scores],
        "model": ["own"] * count,
        "model_version": ["machines/4"] * count,
        "reason_1": [f"heat = {index} (-0.50)" for index in range(count)],
        "data_age_hours": [0.5] * count,
        **replaced,
    }
    return pa.table({name: column for name, column in columns.items() if column is not None})


@pytest.fixture
def write_predictions(tmp_path):
    def write(scores: list[float | None], **replaced: object) -> Dataset:
        path = tmp_path / "predictions.parquet"
        pq.write_table(predictions(scores, **replaced), path)
        found = Dataset()
        found.uri = str(path)
        return found

    return write


def path_of(dataset: Dataset) -> Path:
    return Path(dataset.path)

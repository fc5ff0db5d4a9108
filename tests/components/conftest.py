"""A small use case with rows that the components' tests share."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.contract import Dataset

SETTINGS = """\
name: small
task: {task}
key: [id]
segment: region
target: label
time_column: at
columns:
  id: {{type: integer}}
  customer: {{type: string, role: pii}}
  region: {{type: string}}
  at: {{type: timestamp}}
  label: {{type: {label_type}}}
  a: {{type: float, nullable: true}}
  b: {{type: float}}
  c: {{type: integer}}
features: [a, b, c]
metric: {metric}
candidates:
  xgboost: {{settings: {{rounds: 120, early_stopping_rounds: 0, max_depth: 2,
                         learning_rate: 0.1{extra}}}}}
  logistic_regression: {{}}
  random_forest: {{settings: {{trees: 5, max_depth: 4}}}}
{more}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A use case and its datasets."""

    use_case: str
    train: Dataset
    validation: Dataset
    test: Dataset


def dataset(path: Path) -> Dataset:
    found = Dataset()
    found.uri = str(path)
    return found


def write_rows(folder: Path, task: str, seed: int, rows: int, **replaced: object) -> Dataset:
    random = np.random.default_rng(seed)
    a, b = random.normal(size=rows), random.normal(size=rows)
    c = random.integers(0, 5, rows)
    signal = a + 0.5 * b + 0.3 * c + random.normal(scale=0.7, size=rows)
    if task == "binary":
        label = (signal > 1.8).astype(np.int64)
    elif task == "multiclass":
        label = np.array(["low", "middle", "top"])[np.digitize(signal, [0.0, 1.2])]
    else:
        label = signal * 10
    hours = np.sort(random.integers(0, 72, rows)).astype("timedelta64[h]")
    columns = {
        "id": np.arange(rows),
        "customer": np.array([f"c{n}" for n in random.integers(0, rows // 4 + 1, rows)]),
        "region": np.array(["north", "south"])[random.integers(0, 2, rows)],
        "at": np.datetime64("2024-01-01T00:00:00.000000") + hours,
        "label": label,
        "a": pa.array(a, mask=random.random(rows) < 0.05),
        "b": b,
        "c": c,
        **replaced,
    }
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / "part-0.parquet", row_group_size=500)
    return dataset(folder)


@pytest.fixture
def make_case(tmp_path):
    def make(task="binary", *, extra="", more="", rows=800, metric="") -> Case:
        folder = tmp_path / f"use_case_{task}"
        folder.mkdir(exist_ok=True)
        metric = metric or {"binary": "average_precision", "multiclass": "macro_f1"}.get(
            task, "rmse"
        )
        kind = {"binary": "integer", "multiclass": "string"}.get(task, "float")
        text = SETTINGS.format(task=task, metric=metric, label_type=kind, extra=extra, more=more)
        (folder / "use_case.yaml").write_text(text)
        data = tmp_path / "data" / task
        return Case(
            str(folder),
            write_rows(data / "train", task, 1, rows),
            write_rows(data / "validation", task, 2, rows // 2),
            write_rows(data / "test", task, 3, rows // 2),
        )

    return make


@pytest.fixture
def segmented(make_case):
    """Make a case with one model per region; four regions of some 300 training rows."""

    def make(
        task="binary",
        *,
        minimum_rows=100,
        minimum_positives=5,
        settings="",
        more="",
        extra_names=(),
        gates="",
    ) -> Case:
        least = f"minimum_rows: {minimum_rows}, minimum_positives: {minimum_positives}"
        text = f"segments: {{{least}{', ' if settings else ''}{settings}}}\n{gates}\n{more}"
        case = make_case(task, more=text)
        for seed, (given, rows) in enumerate(
            ((case.train, 1200), (case.validation, 800), (case.test, 800)), start=1
        ):
            random = np.random.default_rng(100 + seed)
            regions = np.array(["north", "south", "east", "west"], dtype=object)[
                random.integers(0, 4, rows)
            ]
            for number, name in enumerate(extra_names):
                regions[number * 30 : number * 30 + 30] = name
            write_rows(Path(given.path), task, seed, rows, region=regions)
        return case

    return make

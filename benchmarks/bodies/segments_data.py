"""`… FOLDER SEGMENTS ROUNDS`: a use case of many segments, and its rows as preprocess writes them.

Every segment has 2,000 training rows and 400 to validate on, mixed with those of all others, and a
target that depends on the features in its own way; a fifth of the rows is positive.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FEATURES = tuple(f"feature_{number:02d}" for number in range(15))
ROWS = {"train": 2_000, "validation": 400}
"""Of each segment."""

SETTINGS = """\
name: segments
task: binary
key: [id]
time_column: at
segment: segment
segments: {{}}
target: target
columns:
  id: {{type: integer}}
  at: {{type: timestamp}}
  segment: {{type: string}}
  target: {{type: integer}}
{columns}
features: [{features}]
metric: average_precision
candidates:
  xgboost:
    settings: {{rounds: {rounds}, early_stopping_rounds: 0, max_depth: 6, learning_rate: 0.1}}
"""


def write(folder: Path, segments: int, rounds: int) -> None:
    """Write `segments/use_case.yaml`, `train.parquet` and `validation.parquet`."""
    place = folder / "segments"
    place.mkdir(parents=True)
    columns = "\n".join(f"  {name}: {{type: float}}" for name in FEATURES)
    text = SETTINGS.format(columns=columns, features=", ".join(FEATURES), rounds=rounds)
    (place / "use_case.yaml").write_text(text)
    ways = np.random.default_rng(0).normal(size=(segments, len(FEATURES)))
    for seed, (name, rows) in enumerate(ROWS.items(), start=1):
        random = np.random.default_rng(seed)
        codes = random.permutation(np.repeat(np.arange(segments), rows))
        values = random.normal(size=(len(codes), len(FEATURES)))
        signal = np.einsum("ij,ij->i", values, ways[codes]) / 3
        target = (signal + random.normal(size=len(codes)) > 1.3).astype(np.int64)
        table = {
            "id": np.arange(len(codes)),
            "at": np.datetime64("2026-01-01T00:00:00.000000") + np.arange(len(codes)),
            "segment": pa.array([f"segment_{code:04d}" for code in codes]),
            "target": target,
            **{column: values[:, index] for index, column in enumerate(FEATURES)},
        }
        pq.write_table(pa.table(table), folder / f"{name}.parquet", row_group_size=122_880)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

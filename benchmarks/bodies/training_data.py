"""`… FOLDER ROWS`: rows to train on, as Parquet like preprocess's and as float32 arrays.

The target depends on the features by thresholds and a product, with noise, so that trees have
something to find; 0.9 % are positive, as in the fraud data.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FEATURES = tuple(f"feature_{number:02d}" for number in range(15))
ROWS_PER_GROUP = 122_880


def write(folder: Path, name: str, rows: int, seed: int) -> None:
    """Write `name.parquet`, `name.matrix.npy` (float32, shape (rows, 15)) and `name.label.npy`."""
    random = np.random.default_rng(seed)
    values = random.gamma(2.0, 20.0, size=(rows, len(FEATURES)))
    values[:, 1::3] = np.floor(values[:, 1::3] / 8)
    signal = (values[:, 0] > 75) * 1.5 + (values[:, 2] * values[:, 5] > 4_000) * 1.2
    signal += (values[:, 4] > 6) * 0.8 - (values[:, 9] < 20) * 0.7
    label = random.random(rows) < 1 / (1 + np.exp(6.2 - 1.5 * signal))
    columns = {column: values[:, index] for index, column in enumerate(FEATURES)}
    table = pa.table({"target": label.astype(np.int64), **columns})
    pq.write_table(table, folder / f"{name}.parquet", row_group_size=ROWS_PER_GROUP)
    np.save(folder / f"{name}.matrix.npy", values.astype(np.float32))
    np.save(folder / f"{name}.label.npy", label.astype(np.float64))


if __name__ == "__main__":
    target, count = Path(sys.argv[1]), int(sys.argv[2])
    write(target, "train", count, seed=1)
    write(target, "validation", count // 5, seed=2)

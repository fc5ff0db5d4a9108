"""`… FOLDER ROUNDS memory|parquet`: XGBoost alone with the candidate's parameters.

`memory`: the float32 matrix is there when the clock starts. `parquet`: reading counts as well.
"""

import sys
from pathlib import Path

import numpy as np
import xgboost as xgb

from benchmarks.bodies.timing import Stopwatch, tree_digest
from benchmarks.bodies.training_data import FEATURES

NAMES = ("train", "validation")


def in_memory(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Load the arrays as they are."""
    return np.load(folder / f"{name}.matrix.npy"), np.load(folder / f"{name}.label.npy")


def from_parquet(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the columns into one float32 matrix, batch by batch."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / f"{name}.parquet") as parquet:
        matrix = np.empty((parquet.metadata.num_rows, len(FEATURES)), np.float32)
        label = np.empty(len(matrix))
        start = 0
        for batch in parquet.iter_batches(columns=["target", *FEATURES]):
            here = slice(start, start + batch.num_rows)
            label[here] = batch.column(0)
            for index in range(len(FEATURES)):
                matrix[here, index] = batch.column(index + 1)
            start = here.stop
    return matrix, label


if __name__ == "__main__":
    place, rounds = Path(sys.argv[1]), int(sys.argv[2])
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": "aucpr",
        "max_depth": 6,
        "learning_rate": 0.1,
        "max_bin": 256,
        "tree_method": "hist",
        "seed": 0,
    }
    given = {name: in_memory(place, name) for name in NAMES} if sys.argv[3] == "memory" else None
    with Stopwatch() as watch:
        train, validation = (given[name] if given else from_parquet(place, name) for name in NAMES)
        matrix = xgb.QuantileDMatrix(train[0], label=train[1], max_bin=256)
        watched = xgb.QuantileDMatrix(validation[0], label=validation[1], ref=matrix, max_bin=256)
        booster = xgb.train(
            parameters,
            matrix,
            rounds,
            evals=[(watched, "validation")],
            early_stopping_rounds=rounds,
            verbose_eval=False,
        )
        booster = booster[: booster.best_iteration + 1]
        payload = bytes(booster.save_raw("ubj"))
    watch.report(trees=tree_digest(booster), bytes=len(payload))

"""`… FOLDER SEGMENTS THREADS`: XGBoost alone, one segment after the other, with its parameters.

The segments' matrices are in memory when the clock starts. Threads 0: all processors.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import xgboost as xgb

from benchmarks.bodies.segments_data import FEATURES
from benchmarks.bodies.timing import Stopwatch, processor_seconds, tree_digest
from penstock.use_case import load_use_case

if __name__ == "__main__":
    folder, count, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    candidate = load_use_case(str(folder / "segments")).candidates["xgboost"]
    assert candidate.kind == "xgboost"
    table = pq.read_table(folder / "train.parquet", columns=["segment", "target", *FEATURES])
    names = table.column("segment").to_numpy()
    label = table.column("target").to_numpy()
    matrix = np.column_stack([table.column(name).to_numpy() for name in FEATURES])
    matrix = matrix.astype(np.float32)
    every = np.unique(names)
    chosen = every[:: len(every) // count][:count]
    rows = {name: np.flatnonzero(names == name) for name in chosen}
    given = [(matrix[rows[name]], label[rows[name]]) for name in chosen]
    parameters = {
        "objective": "binary:logistic",
        "max_depth": candidate.settings.max_depth,
        "learning_rate": candidate.settings.learning_rate,
        "seed": 0,
        **({"nthread": threads} if threads else {}),
    }
    boosters = []
    before = processor_seconds()
    with Stopwatch() as watch:
        for values, target in given:
            data = xgb.QuantileDMatrix(values, label=target, nthread=threads or None)
            booster = xgb.train(parameters, data, candidate.settings.rounds)
            booster.save_raw("ubj")
            boosters.append(booster)
    watch.report(processor=processor_seconds() - before, trees=tree_digest(boosters[0]))

"""`… FOLDER ROUNDS`: the XGBoost candidate of `train`, out of Parquet."""

import sys
from pathlib import Path

from benchmarks.bodies.timing import Stopwatch, tree_digest
from benchmarks.bodies.training_data import FEATURES
from components.training.boosting import fit_boosting
from components.training.labels import labels_of
from components.training.outcome import Task
from components.training.rows import Rows
from penstock.use_case.candidates import XgboostCandidate, XgboostSettings

if __name__ == "__main__":
    import xgboost as xgb

    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    candidate = XgboostCandidate(
        kind="xgboost",
        settings=XgboostSettings(
            rounds=rounds, early_stopping_rounds=rounds, max_depth=6, learning_rate=0.1
        ),
    )
    with Stopwatch() as watch:
        train, validation = (
            Rows((folder / f"{name}.parquet",)) for name in ("train", "validation")
        )
        labels = labels_of("binary", "target", 1, train)
        task = Task(FEATURES, labels, train, validation, seed=0)
        fitted = fit_boosting(candidate, task, metric="average_precision")
    booster = xgb.Booster(model_file=bytearray(fitted.payload))
    watch.report(trees=tree_digest(booster))

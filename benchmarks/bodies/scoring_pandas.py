"""`… FOLDER COPIES TARGET`: the whole file through pandas, scored at once by all cores."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bodies.scoring_case import scoring_case
from benchmarks.bodies.timing import Stopwatch

if __name__ == "__main__":
    case = scoring_case(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    features = list(case.scorer.manifest.feature_names)
    threshold = case.scorer.manifest.threshold
    words = case.use_case.inference
    with Stopwatch() as watch:
        frame = pd.read_parquet(case.rows)
        told = frame[case.form.carried(list(frame.columns))].copy()
        told["score"] = case.scorer.model.inplace_predict(frame[features]).astype("float64")
        told["decision"] = np.where(
            told["score"] >= threshold, words.positive_decision, words.negative_decision
        )
        told["model"] = ""
        told["model_version"] = "fraud/1"
        told.to_parquet(case.target)
    watch.report(rows=len(told))

"""`… FOLDER COPIES TARGET`: decoding, predicting and encoding timed alone, and added.

Each is the best that its library does on the same batches, with everything ready in memory when its
clock starts: Parquet decoded by all cores and dropped; `inplace_predict` on float32 blocks by two
threads, XGBoost's own or Python's, whichever is faster; finished predictions written.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.bodies.scoring_case import ScoringCase, scoring_case
from components.scoring.writing import ROWS_PER_GROUP, write_batches


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(case: ScoringCase) -> None:
    """Print the parts and their sum."""
    features = list(case.scorer.manifest.feature_names)
    booster = case.scorer.model

    def decode() -> None:
        with pq.ParquetFile(case.rows, pre_buffer=False) as parquet:
            for _ in parquet.iter_batches(ROWS_PER_GROUP):
                pass

    def predict(workers: int, threads: int) -> float:
        booster.set_param({"nthread": threads})
        with ThreadPoolExecutor(workers) as pool:
            return seconds(lambda: list(pool.map(booster.inplace_predict, blocks)))

    with pq.ParquetFile(case.rows, pre_buffer=False) as parquet:
        next(parquet.iter_batches(ROWS_PER_GROUP))  # Starting the library's threads is no decoding.
    decoding = seconds(decode)
    blocks, ready = [], []
    with pq.ParquetFile(case.rows, pre_buffer=False) as parquet:
        for batch in parquet.iter_batches(ROWS_PER_GROUP):
            blocks.append(case.scorer.inputs(batch.select(features)))
            ready.append(case.form.batch(batch, case.scorer.score_details(batch), None))
    predicting = min(predict(2, 1), predict(1, 2))
    encoding = seconds(lambda: write_batches(iter(ready), ready[0].schema, case.target))
    parts = {"decode": decoding, "predict": predicting, "encode": encoding}
    rows = sum(len(block) for block in blocks)
    print(json.dumps({"seconds": sum(parts.values()), "rows": rows, **parts}))


if __name__ == "__main__":
    main(scoring_case(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))

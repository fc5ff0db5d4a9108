"""`… SOURCE TRAIN_START FOLDER`: `preprocess` of the use case fraud."""

import shutil
import sys
from pathlib import Path

import duckdb

from benchmarks.bodies.timing import Stopwatch
from components.preprocess import preprocess
from penstock.contract import outputs_in

if __name__ == "__main__":
    source, train_start, folder = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    with Stopwatch() as watch, outputs_in(Path(folder)):
        preprocess("fraud", source=source, train_start=train_start)
    splits = [str(Path(folder) / name) for name in ("train", "validation", "test")]
    written = duckdb.execute("SELECT count(*) FROM read_parquet(?)", [splits]).fetchone()[0]
    watch.report(rows=written)

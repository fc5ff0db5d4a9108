"""`… FOLDER`: every segment of `train`, from Parquet to results on disk; then the pooled model."""

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bodies.timing import Stopwatch, processor_seconds, tree_digest
from components.training.competition import compete
from components.training.rows import Rows
from components.training.segments.competition import labels_among, train_each
from components.training.segments.saved import SavedSegments
from penstock.use_case import load_use_case

if __name__ == "__main__":
    import xgboost as xgb

    folder = Path(sys.argv[1])
    use_case = load_use_case(str(folder / "segments"))
    candidates = use_case.selected_candidates()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as kept:
        before = processor_seconds()
        with Stopwatch() as watch:
            train, validation = (
                Rows((folder / f"{name}.parquet",)) for name in ("train", "validation")
            )
            saved = SavedSegments(Path(kept))
            saved.load()
            labels = labels_among(use_case, train)
            train_each(use_case, candidates, train, validation, labels, 0, saved)
        taken = processor_seconds() - before
        started = time.perf_counter()
        compete(use_case, candidates, train, validation, seed=0, checkpoints=None)
        pooled = time.perf_counter() - started
        booster = xgb.Booster(model_file=bytearray(saved.payload("segment_0000")))
        own = sum(each.outcome == "own" for each in saved.results.values())
        watch.report(processor=taken, pooled=pooled, trees=tree_digest(booster), own=own)

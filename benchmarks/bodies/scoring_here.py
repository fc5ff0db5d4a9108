"""`… FOLDER COPIES TARGET`: the streaming form, as `batch_transform` runs it."""

import sys
from pathlib import Path

from benchmarks.bodies.scoring_case import scoring_case
from benchmarks.bodies.timing import Stopwatch
from components.scoring.streaming import score_file

if __name__ == "__main__":
    case = scoring_case(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    with Stopwatch() as watch:
        rows = score_file(case.rows, case.target, case.scorer, case.form)
    watch.report(rows=rows)

"""`python -m benchmarks.run`: reprint every figure that the README quotes."""

import argparse
import importlib
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Comparison
from benchmarks.machine import load, machine
from benchmarks.measuring import CommandFailedError, adopt_orphans
from benchmarks.tables import as_json, comparison_table, verdict_table

BENCHMARKS = {
    "startup": "(b) pipeline --help against python -c pass",
    "compile": "(c) pipeline compile against the SageMaker SDK building the same pipeline",
    "upsert": "(j) pipeline plan and upsert against the SageMaker SDK's upsert of the same",
    "features": "(d) feature SQL through preprocess against the same query in bare DuckDB",
    "training": "(e) the XGBoost candidate against bare XGBoost on an in-memory matrix",
    "scoring": "(f) batch scoring, Parquet to Parquet, against its floor, Transform and pandas",
    "segments": "(g) one model per segment against one model alone times their number",
    "console": "(h) the console's list of candidates over 10,000 versions",
    "evidence": "(i) pipeline evidence verify against sha256sum of the same bytes",
    "whole_run": "(a) a whole training run against plain Python, kfp.local, Metaflow and ZenML",
}
"""Module → what it measures, in the order of running: the shortest first."""


def main(arguments: list[str] | None = None) -> int:
    """Measure; return 0 when every target was met, 1 when one was missed or a command failed."""
    options = _options(arguments)
    names = options.only.split(",") if options.only else list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        known = ", ".join(BENCHMARKS)
        print(f"benchmarks: unknown: {', '.join(unknown)}. Known: {known}.", file=sys.stderr)
        return 2
    adopt_orphans()
    facts = machine()
    print("machine: " + ", ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"load before: {load():.1f} (other processes that want a core make times longer)")
    outcomes: list[Outcome] = []
    failed = False
    for name in names:
        print(f"\n== {BENCHMARKS[name]}", flush=True)
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
            settings = Settings(Path(folder).resolve(), options.quick, _progress)
            try:
                outcome: Outcome = importlib.import_module(f"benchmarks.{name}").run(settings)
            except CommandFailedError as failure:
                print(f"FAILED: {failure}", flush=True)
                failed = True
                continue
        outcomes.append(outcome)
        for comparison in outcome.comparisons:
            print(f"\n{comparison.title}, {_rounds(comparison)}\n{comparison_table(comparison)}")
        for note in outcome.notes:
            print(f"note: {note}")
        print(f"measured in {time.monotonic() - started:.0f} s, load {load():.1f}", flush=True)
    verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    comparisons = [comparison for outcome in outcomes for comparison in outcome.comparisons]
    print("\n== targets" + (" (quick: not figures to quote)" if options.quick else ""))
    print(verdict_table(verdicts))
    if options.json:
        options.json.write_text(json.dumps(as_json(facts, comparisons, verdicts), indent=1) + "\n")
    return 0 if not failed and all(verdict.met for verdict in verdicts) else 1


def _rounds(comparison: Comparison) -> str:
    count = len(next(iter(comparison.rounds.values())))
    return f"{count} interleaved rounds"


def _progress(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description="Measure Penstock against bare libraries and its peers.",
        epilog="Example: python -m benchmarks.run --only startup,compile --quick",
    )
    parser.add_argument("--only", metavar="NAME,…", help=f"some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="less data, fewer rounds")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all measurements there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

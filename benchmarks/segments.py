"""Benchmark (g): a thousand segments, one model each, against what one model takes alone."""

import os
import statistics

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PYTHON, Command, measure

HERE = "train, every segment"
ALONE = "XGBoost, one thread, a sample of segments"
LOOP = "XGBoost, all threads, the same sample in a loop"

ROUNDS = 50
"""Trees of each model."""


def run(settings: Settings) -> Outcome:
    """Measure all segments in `train`, and a sample of them in XGBoost alone."""
    segments, sample = (100, 20) if settings.quick else (1_000, 100)
    cores = len(os.sched_getaffinity(0))
    data = settings.folder / "data"
    argv = (PYTHON, "-m", "benchmarks.bodies.segments_data", str(data), str(segments), str(ROUNDS))
    measure(Command("making rows", argv, settings.folder / "making"))

    def command(name: str, body: str, *more: str) -> Command:
        argv = (PYTHON, "-m", f"benchmarks.bodies.{body}", str(data), *more)
        folder = settings.folder / f"{body}{''.join(more[1:])}"
        return Command(name, argv, folder, reports_itself=True)

    comparison = compare(
        f"{segments:,} segments of 2,000 rows x 15, {ROUNDS} rounds",
        [
            command(ALONE, "segments_bare", str(sample), "1"),
            command(HERE, "segments_here"),
            command(LOOP, "segments_bare", str(sample), "0"),
        ],
        rounds=2 if settings.quick else 3,
        progress=settings.progress,
    )
    whole = segments / sample
    floor = whole / cores
    facts = [comparison.rounds[name][-1].facts for name in (HERE, ALONE, LOOP)]
    trees = "the same trees in all" if len({each["trees"] for each in facts}) == 1 else "DIFFERENT"
    seconds = {name: statistics.median(comparison.seconds(name)) for name in (HERE, ALONE, LOOP)}
    pooled = statistics.median(each.facts["pooled"] for each in comparison.rounds[HERE])
    processor = statistics.median(
        here.facts["processor"] / alone.facts["processor"] / whole
        for here, alone in zip(comparison.rounds[HERE], comparison.rounds[ALONE], strict=True)
    )
    return Outcome(
        [comparison],
        [
            Verdict(
                f"(g) {segments:,} segments / (one model alone x {segments:,} / {cores} cores)",
                comparison.ratio(HERE, ALONE) / floor,
                1.15,
            )
        ],
        [
            f"floor: one model alone {1000 * seconds[ALONE] / sample:.1f} ms x {segments:,} / "
            f"{cores} cores = {seconds[ALONE] * floor:.1f} s; here {seconds[HERE]:.1f} s; plain "
            f"loop with all threads {seconds[LOOP] * whole:.1f} s, as {sample} segments say",
            f"by processor time, which other work on the machine changes less: {processor:.2f} x",
            f"{trees} in the first segment; {facts[0]['own']:,} segments got a model of their own",
            "the time here holds reading Parquet, the constant baseline, validation metrics, "
            "thresholds and keeping results on disk; alone, the matrices are in memory",
            f"the pooled model on all {2_000 * segments:,} rows takes {pooled:.1f} s after that",
        ],
    )

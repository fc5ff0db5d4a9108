"""Benchmark (e): the XGBoost candidate of `train` against XGBoost alone."""

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PYTHON, Command, measure

HERE = "train's candidate, from Parquet"
MEMORY = "XGBoost, matrix in memory"
PARQUET = "XGBoost, reading Parquet"


def run(settings: Settings) -> Outcome:
    """Measure the same trees on the same rows: 15 features, a fifth more rows to validate on."""
    rows, boosted = (100_000, 30) if settings.quick else (1_000_000, 100)
    data = settings.folder / "data"
    module = "benchmarks.bodies.training_data"
    measure(Command("making rows", (PYTHON, "-m", module, str(data), str(rows)), data))

    def command(name: str, body: str, *more: str) -> Command:
        argv = (PYTHON, "-m", f"benchmarks.bodies.{body}", str(data), str(boosted), *more)
        return Command(name, argv, settings.folder / body, reports_itself=True)

    comparison = compare(
        f"training, {rows:,} x 15, {boosted} rounds",
        [
            command(HERE, "training_here"),
            command(MEMORY, "training_bare", "memory"),
            command(PARQUET, "training_bare", "parquet"),
        ],
        rounds=2 if settings.quick else 5,
        progress=settings.progress,
    )
    facts = [comparison.rounds[name][-1].facts["trees"] for name in (HERE, MEMORY, PARQUET)]
    trees = "the same trees in all" if len(set(facts)) == 1 else f"the trees DIFFER: {facts}"
    return Outcome(
        [comparison],
        [
            Verdict("(e) training / XGBoost in memory, time", comparison.ratio(HERE, MEMORY), 1.15),
            Verdict(
                "(e) training / XGBoost in memory, peak memory",
                comparison.memory_ratio(HERE, MEMORY),
                1.3,
            ),
        ],
        [
            f"{trees}; the candidate's time holds reading Parquet, the matrix in memory is given",
            f"against XGBoost that reads the same Parquet: {comparison.ratio(HERE, PARQUET):.2f} x "
            f"time, {comparison.memory_ratio(HERE, PARQUET):.2f} x memory",
        ],
    )

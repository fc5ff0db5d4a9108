"""Benchmark (d): the fraud feature SQL through `preprocess` against DuckDB alone."""

from datetime import date, timedelta

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PYTHON, Command, measure

HERE = "preprocess"
BARE = "DuckDB alone"

FIRST_DAY = date(2018, 6, 1)
HISTORY, DELAY, VALIDATION, TEST = 37, 7, 5, 7
"""Days: of the longest window with its delay, and of the use case's label delay and splits."""


def run(settings: Settings) -> Outcome:
    """Measure reading, querying and writing of the same rows, the libraries already imported."""
    days, customers = (75, 1_000) if settings.quick else (90, 10_000)
    source, bare = settings.folder / "source", settings.folder / "bare"
    module = "benchmarks.bodies"
    argv = (PYTHON, "-m", f"{module}.features_data", str(source), FIRST_DAY.isoformat())
    made = Command("making rows", (*argv, str(days), str(customers)), settings.folder / "made")
    measure(made)
    train_start = FIRST_DAY + timedelta(days=HISTORY)
    windows = _windows(train_start, FIRST_DAY + timedelta(days=days))
    bare.mkdir()
    (bare / "kept.sql").write_text(
        " OR ".join(
            f"(TX_DATETIME >= TIMESTAMP '{first}' AND TX_DATETIME < TIMESTAMP '{end}')"
            for first, end in windows
        )
    )
    comparison = compare(
        f"features, {days} days of {customers:,} customers",
        [
            Command(
                HERE,
                (
                    PYTHON,
                    "-m",
                    f"{module}.features_here",
                    str(source),
                    train_start.isoformat(),
                    str(settings.folder / "outputs"),
                ),
                settings.folder / "here",
                reports_itself=True,
            ),
            Command(
                BARE,
                (PYTHON, "-m", f"{module}.features_bare", str(source), str(bare)),
                bare,
                reports_itself=True,
            ),
        ],
        rounds=2 if settings.quick else 5,
        progress=settings.progress,
    )
    written = {name: comparison.rounds[name][-1].facts["rows"] for name in (HERE, BARE)}
    same = "the same" if len(set(written.values())) == 1 else "NOT the same"
    ratio = comparison.ratio(HERE, BARE)
    return Outcome(
        [comparison],
        [Verdict("(d) features through preprocess / DuckDB alone", ratio, 1.15)],
        [
            f"{same} number of rows written: {written[HERE]:,} and {written[BARE]:,}",
            "preprocess also checks every row, marks compromised cards, splits and summarises; "
            "DuckDB alone reads the same types and writes one file in the same order",
        ],
    )


def _windows(train_start: date, end: date) -> list[tuple[date, date]]:
    """Return [first day, day after the last) of train, validation and test, as preprocess does."""
    one = timedelta(days=1)
    test = end - TEST * one
    validation_end = test - DELAY * one
    validation = validation_end - VALIDATION * one
    return [(train_start, validation - DELAY * one), (validation, validation_end), (test, end)]

"""Benchmark (b): `pipeline --help` against `python -c pass` in the same environment."""

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PIPELINE, PYTHON, Command


def run(settings: Settings) -> Outcome:
    """Measure both, whole processes, many times since each takes some hundredths of a second."""
    folder = settings.folder / "startup"
    commands = [
        Command("python -c pass", (PYTHON, "-c", "pass"), folder),
        Command("pipeline --help", (PIPELINE, "--help"), folder),
    ]
    comparison = compare(
        "start-up",
        commands,
        rounds=10 if settings.quick else 40,
        progress=settings.progress,
    )
    ratio = comparison.ratio("pipeline --help", "python -c pass")
    return Outcome([comparison], [Verdict("(b) pipeline --help / python -c pass", ratio, 4.0)])

"""Benchmark (f): a month of decisions out of Parquet into Parquet, and twenty times as many."""

import os
import statistics
from pathlib import Path

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Comparison, Verdict, compare
from benchmarks.measuring import PYTHON, ROOT, Command, measure

HERE = "streaming Parquet"
FLOOR = "floor: its three parts, added"
TRANSFORM = "Model and Transform steps"
PANDAS = "pandas, the whole file"
BODIES = {
    HERE: "scoring_here",
    FLOOR: "scoring_floor",
    TRANSFORM: "scoring_transform",
    PANDAS: "scoring_pandas",
}
COPIES = 20


def run(settings: Settings) -> Outcome:
    """Measure the scoring alone: libraries and model are loaded when the clock starts."""
    copies = 2 if settings.quick else COPIES
    data, handbook = settings.folder / "data", _handbook()
    measure(_command("making rows", "scoring_data", data, handbook, str(copies)))
    rounds = 2 if settings.quick else 5
    month = _compare(settings, data, 1, (FLOOR, HERE, TRANSFORM, PANDAS), rounds)
    many = _compare(settings, data, copies, (FLOOR, HERE, PANDAS), min(rounds, 3))
    growth = _peak(many, HERE) / _peak(month, HERE)
    return Outcome(
        [month, many],
        [
            Verdict("(f) scoring, rate / floor's", month.ratio(FLOOR, HERE), 0.9, at_least=True),
            Verdict(
                f"(f) scoring, {copies} x the rows, rate / floor's",
                many.ratio(FLOOR, HERE),
                0.9,
                at_least=True,
            ),
            Verdict(f"(f) scoring, peak memory at {copies} x / at 1 x", growth, 1.2),
        ],
        [
            "transactions of the handbook"
            if handbook
            else "transactions of the use case's generator",
            f"rows/s with 1 x: {_rates(month)}",
            f"rows/s with {copies} x: {_rates(many)}",
            f"parts of the floor with 1 x: {_parts(month)}; with {copies} x: {_parts(many)}",
            f"{TRANSFORM} take {month.ratio(TRANSFORM, HERE):.1f} x the time of {HERE}, the start "
            f"of the container included; {PANDAS} takes {month.ratio(PANDAS, HERE):.2f} x, with "
            f"{copies} x the rows {many.ratio(PANDAS, HERE):.2f} x at "
            f"{many.memory_ratio(PANDAS, HERE):.1f} x the memory",
        ],
    )


def _handbook() -> str:
    """Return the folder of the handbook's days; empty where they are not here."""
    named = os.environ.get("PENSTOCK_DATA")
    for data in [Path(named)] if named else [ROOT.parent / "shared" / "data"]:
        if list((data / "fraud").glob("2018-08-*.parquet")):
            return str((data / "fraud").resolve())
    return ""


def _command(name: str, body: str, folder: Path, *more: str) -> Command:
    argv = (PYTHON, "-m", f"benchmarks.bodies.{body}", str(folder), *more)
    return Command(name, argv, folder.parent / body, reports_itself=body != "scoring_data")


def _compare(
    settings: Settings, data: Path, copies: int, names: tuple[str, ...], rounds: int
) -> Comparison:
    def command(name: str) -> Command:
        target = settings.folder / BODIES[name] / "predictions.parquet"
        return _command(name, BODIES[name], data, str(copies), str(target))

    return compare(
        f"scoring, the month {copies} times",
        [command(name) for name in names],
        rounds=rounds,
        progress=settings.progress,
    )


def _peak(comparison: Comparison, name: str) -> float:
    return statistics.median(each.peak_bytes for each in comparison.rounds[name])


def _rates(comparison: Comparison) -> str:
    rates = {
        name: statistics.median(each.facts["rows"] / each.seconds for each in taken)
        for name, taken in comparison.rounds.items()
    }
    return ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())


def _parts(comparison: Comparison) -> str:
    taken = comparison.rounds[FLOOR]
    seconds = {
        part: statistics.median(each.facts[part] for each in taken)
        for part in ("decode", "predict", "encode")
    }
    return ", ".join(f"{part} {value:.3f} s" for part, value in seconds.items())

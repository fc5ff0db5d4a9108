"""Benchmark (h): the console's list of candidates over 10,000 versions."""

import statistics

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PYTHON, Command, measure

WAITING = "list of what waits"
DEEP = "every version, page in the middle"

LIMIT_SECONDS = 0.1


def run(settings: Settings) -> Outcome:
    """Ask for the list's first page and for one in its middle, many times over one connection."""
    versions, requests = (500, 20) if settings.quick else (10_000, 200)
    data = settings.folder / "data"
    argv = (PYTHON, "-m", "benchmarks.bodies.console_data", str(data), str(versions))
    measure(Command("making versions", argv, settings.folder / "making"))

    def command(name: str, path: str) -> Command:
        body = (PYTHON, "-m", "benchmarks.bodies.console_here", str(data), str(requests), path)
        return Command(name, body, settings.folder / "here", reports_itself=True)

    comparison = compare(
        f"console, {versions:,} versions, median of {requests} requests",
        [
            command(WAITING, "/"),
            command(DEEP, f"/?group=fraud&show=all&before={versions // 2}"),
        ],
        rounds=2 if settings.quick else 3,
        progress=settings.progress,
    )
    medians = {name: statistics.median(comparison.seconds(name)) for name in (WAITING, DEEP)}
    slowest = max(each.facts["slowest"] for each in comparison.rounds[WAITING])
    facts = comparison.rounds[WAITING][-1].facts
    return Outcome(
        [comparison],
        [
            Verdict(
                f"(h) console's list of {versions:,} versions / {1000 * LIMIT_SECONDS:g} ms",
                medians[WAITING] / LIMIT_SECONDS,
                1.0,
            )
        ],
        [
            f"the list takes {1000 * medians[WAITING]:.1f} ms at the median, "
            f"{1000 * slowest:.1f} ms at most; a page in the middle {1000 * medians[DEEP]:.1f} ms",
            f"{facts['versions']} versions and {facts['bytes']:,} bytes a page; over HTTP on "
            "loopback, the client's time included",
        ],
    )

"""The figures as text and as JSON."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.comparing import Comparison, Verdict


def comparison_table(comparison: Comparison) -> str:
    """Return one line a command: seconds (min, median, max), whole process, processor, memory."""
    head = ("", "min s", "median s", "max s", "process s", "processor s", "peak MB")
    rows = [head]
    for name, taken in comparison.rounds.items():
        seconds = [each.seconds for each in taken]
        rows.append(
            (
                name,
                f"{min(seconds):.3f}",
                f"{statistics.median(seconds):.3f}",
                f"{max(seconds):.3f}",
                f"{statistics.median(each.process_seconds for each in taken):.3f}",
                f"{statistics.median(each.processor_seconds for each in taken):.2f}",
                f"{max(each.peak_bytes for each in taken) / 1e6:.0f}",
            )
        )
    return _aligned(rows)


def verdict_table(verdicts: Iterable[Verdict]) -> str:
    """Return one line a target: what was wanted, what was measured, met or MISSED."""
    rows: list[tuple[str, ...]] = [("target", "wanted", "measured", "")]
    rows.extend(
        (
            each.target,
            f"{'at least' if each.at_least else 'at most'} {each.limit:g} x",
            f"{each.value:.2f} x",
            "met" if each.met else "MISSED",
        )
        for each in verdicts
    )
    return _aligned(rows)


def as_json(
    machine: dict[str, str], comparisons: Iterable[Comparison], verdicts: Iterable[Verdict]
) -> dict[str, Any]:
    """Return everything that was measured, for machines."""
    return {
        "machine": machine,
        "comparisons": [
            {
                "title": each.title,
                "rounds": {
                    name: [asdict(measurement) for measurement in taken]
                    for name, taken in each.rounds.items()
                },
            }
            for each in comparisons
        ],
        "targets": [asdict(each) | {"met": each.met} for each in verdicts],
    }


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )

"""Measure commands side by side, so that ratios hold on a machine that others use as well."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measuring import Command, Measurement, measure

_PAUSE_SECONDS = 0.2
"""Between two commands, so that what one leaves to the kernel does not slow the next."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rounds of several commands: one measurement of each command a round."""

    title: str
    rounds: Mapping[str, Sequence[Measurement]]

    def seconds(self, name: str) -> list[float]:
        """Return the seconds of one command, one a round."""
        return [each.seconds for each in self.rounds[name]]

    def ratio(self, name: str, other: str) -> float:
        """Return the median over the rounds of `name`'s time by `other`'s in the same round."""
        return statistics.median(
            mine / theirs
            for mine, theirs in zip(self.seconds(name), self.seconds(other), strict=True)
        )

    def memory_ratio(self, name: str, other: str) -> float:
        """Return the median over the rounds of `name`'s peak memory by `other`'s."""
        return statistics.median(
            mine.peak_bytes / theirs.peak_bytes
            for mine, theirs in zip(self.rounds[name], self.rounds[other], strict=True)
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and whether this run met it."""

    target: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is on the right side of the limit; the limit itself is."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def compare(
    title: str,
    commands: Sequence[Command],
    *,
    rounds: int,
    progress: Callable[[str], None],
) -> Comparison:
    """Run all commands in turn, `rounds` times, after one round that does not count.

    That first round fills the page cache and writes bytecode files for all of them alike. The order
    stays the same in every round because some commands prepare the next one (a cold run leaves the
    server that the repeated run finds).

    Raises:
        CommandFailedError: A command failed; the others' figures would say nothing without it.
    """
    taken: dict[str, list[Measurement]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            measurement = measure(command)
            label = f"round {number} of {rounds}" if number else "warm-up"
            progress(f"{title}: {label}: {command.name}: {measurement.seconds:.3f} s")
            if number:
                taken[command.name].append(measurement)
            time.sleep(_PAUSE_SECONDS)
    return Comparison(title, taken)

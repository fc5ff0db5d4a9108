"""How far a training over segments is: a line every few seconds, in the log of the job."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, field

_SECONDS_BETWEEN_LINES = 5.0


@dataclass(slots=True)
class Progress:
    """Counts segments.

    Attributes:
        count: All of them.
        kept: Those that an earlier, interrupted run had finished.
    """

    count: int
    kept: int
    _ends: Counter[str] = field(default_factory=Counter)
    _started: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Say what is to be done."""
        kept = f", {self.kept:,} of them finished before" if self.kept else ""
        self._say(f"{self.count:,} segments{kept}.")

    def done(self, outcome: str) -> None:
        """Count one more."""
        self._ends[outcome] += 1
        done = self.kept + self._ends.total()
        now = time.monotonic()
        if done < self.count and now - self._told < _SECONDS_BETWEEN_LINES:
            return
        self._told = now
        ends = ", ".join(f"{count:,} {name}" for name, count in sorted(self._ends.items()))
        seconds = max(now - self._started, 1e-9)
        pace = f"{self._ends.total() / seconds:,.1f} a second"
        self._say(f"{done:,} of {self.count:,} segments done ({ends}), {pace}.")

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
